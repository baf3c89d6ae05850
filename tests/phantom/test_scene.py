import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from marrowscope.phantom.blocks import blocks_over
from marrowscope.phantom.layout import AreaKind, lay_out
from marrowscope.phantom.scene import Scene
from marrowscope.phantom.settings import PhantomSettings


@pytest.fixture(scope="module")
def scene():
    return Scene(2400, 2000, 4, 0.25, PhantomSettings())


@pytest.fixture(scope="module")
def cells(scene):
    """Columns of the whole truth, joined."""
    parts = [block.cells for block in scene.truth()]
    names = ("x_px", "y_px", "w_px", "h_px", "area", "look", "countable")
    return {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}


def test_a_tile_is_the_same_in_any_order_and_cut(scene):
    """Also across an out-of-focus patch, the thick halo and the border of a block."""
    whole = scene.draw(900, 900, 512, 512)
    again = Scene(2400, 2000, 4, 0.25, PhantomSettings())
    lower = again.draw(900, 1156, 512, 256)
    left = again.draw(900, 900, 200, 256)
    right = again.draw(1100, 900, 312, 256)
    assert (np.vstack([np.hstack([left, right]), lower]) == whole).all()


def test_every_patch_is_drawn_without_a_seam():
    scene = Scene(1600, 1300, 9, 0.25, PhantomSettings())
    for patch in scene.layout.patches:
        left = int((patch.x_um - patch.half_x_um) / 0.25) - 60
        top = int(patch.y_um / 0.25) - 64
        whole = scene.draw(left, top, 192, 128)
        cut = np.hstack([scene.draw(left + k, top, 64, 128) for k in (0, 64, 128)])
        assert (cut == whole).all(), patch.area.region_id


def test_cells_of_the_trail_touch_but_do_not_overlap(scene, cells):
    chosen = cells["countable"]
    places = np.column_stack([cells["x_px"], cells["y_px"]])[chosen]
    radius = ((cells["w_px"] + cells["h_px"]) / 4)[chosen]
    pairs = cKDTree(places).query_pairs(100, output_type="ndarray")
    gap = np.hypot(*(places[pairs[:, 0]] - places[pairs[:, 1]]).T)
    share = gap / (radius[pairs[:, 0]] + radius[pairs[:, 1]])
    assert share.min() > 0.8
    assert (share < 1.06).sum() >= 3


def test_density_of_the_trail_is_as_asked():
    asked = PhantomSettings(nucleated_per_mm2=1000)
    scene = Scene(6000, 6000, 2, 0.25, asked)
    on_trail = np.array([area.kind is AreaKind.TRAIL for area in scene.layout.areas])
    n_cells = sum(int(on_trail[block.cells.area].sum()) for block in scene.truth())
    assert n_cells / scene.countable_area_mm2() == pytest.approx(1000, rel=0.08)


def test_some_cells_cross_tile_borders_and_the_border_of_the_picture(scene, cells):
    left, right = cells["x_px"] - cells["w_px"] / 2, cells["x_px"] + cells["w_px"] / 2
    assert (np.floor(left / 512) != np.floor(right / 512)).sum() > 5
    tall = Scene(600, 3000, 4, 0.25, PhantomSettings())
    cut = [
        block.cells.countable[block.cells.y_px - block.cells.h_px / 2 <= 0]
        for block in tall.truth()
    ]
    assert not np.concatenate(cut).any()


def test_truth_does_not_depend_on_what_was_drawn_before(scene):
    fresh = Scene(2400, 2000, 4, 0.25, PhantomSettings())
    fresh.draw(1500, 1500, 200, 200)
    for one, other in zip(scene.truth(), fresh.truth(), strict=True):
        assert (one.column, one.row) == (other.column, other.row)
        assert (one.cells.x_px == other.cells.x_px).all()
        assert (one.cells.look == other.cells.look).all()


def test_red_cells_are_as_large_as_red_cells(scene):
    """Their mean diameter is the ruler: measured on the sprites' own half-absorbing edge."""
    from marrowscope.phantom.bank import N_RED_CELL_VARIANTS, RED_CELL, SpriteBank

    bank = SpriteBank(0.25, 4)
    diameters = []
    for variant in range(N_RED_CELL_VARIANTS):
        density = 256 - bank.sprite(RED_CELL, variant, 0).light[..., 1].astype(float)
        filled = density > 0.5 * np.percentile(density, 90)
        closed = (
            np.maximum.accumulate(filled, 1) & np.maximum.accumulate(filled[:, ::-1], 1)[:, ::-1]
        )
        diameters.append(2 * np.sqrt(closed.sum() / np.pi) * 0.25)
    assert np.mean(diameters) == pytest.approx(7.2, abs=0.15)
    assert 0.03 < np.std(diameters) / np.mean(diameters) < 0.08


@settings(max_examples=40, deadline=None)
@given(st.floats(250, 50_000), st.floats(250, 50_000), st.integers(0, 2**40))
def test_every_size_has_a_layout_with_a_trail(width_um, height_um, seed):
    layout = lay_out(width_um, height_um, seed)
    x_um, y_um = np.meshgrid(
        np.linspace(0, width_um, 60, endpoint=False), np.linspace(0, height_um, 60, endpoint=False)
    )
    areas = layout.area_index(x_um.ravel(), y_um.ravel())
    kinds = np.array([layout.areas[k].kind for k in areas])
    assert (kinds == AreaKind.TRAIL).mean() > 0.2
    assert areas[0] == 0  # the corner of the stamp is empty
    names = [area.region_id for area in layout.areas]
    assert len(set(names)) == len(names)
    for place in (0, 1000, 2222, 3599):  # one at a time as all at once
        alone = layout.area_index(x_um.ravel()[place : place + 1], y_um.ravel()[place : place + 1])
        assert alone[0] == areas[place]


def test_blocks_over_a_rectangle():
    assert blocks_over(-1, 0, 255, 257) == [(-1, 0), (0, 0), (-1, 1), (0, 1)]
