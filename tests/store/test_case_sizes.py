"""How much of the disk a case takes, and by which form of its tables a database is kept."""

from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from marrowscope.store.case_sizes import bytes_in
from marrowscope.store.database import MIGRATIONS, open_database, revision_of


def test_all_files_below_count(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    (folder / "slides" / "a").mkdir(parents=True)
    (folder / "slides" / "a" / "smear.svs").write_bytes(b"0" * 1000)
    (folder / "slides" / "a" / "empty").touch()
    (folder / "report.pdf").write_bytes(b"0" * 23)

    assert bytes_in(folder) == 1023
    assert bytes_in(tmp_path / "nothing") == 0


def test_links_count_nothing(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "case", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "smear.svs").write_bytes(b"0" * 1000)
    (folder / "file").symlink_to(elsewhere / "smear.svs")
    (folder / "folder").symlink_to(elsewhere)
    (folder / "broken").symlink_to(tmp_path / "gone")

    assert bytes_in(folder) == 0


def test_a_database_says_its_revision(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "home")
    try:
        found = revision_of(engine)
    finally:
        engine.dispose()

    package, _, folder = MIGRATIONS.partition(":")
    assert package == "marrowscope.store"
    steps = Path(__file__).parents[2] / "src" / "marrowscope" / "store" / folder
    assert found == ScriptDirectory(str(steps)).get_current_head()


def test_a_file_without_tables_says_none(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'other.sqlite'}")

    assert revision_of(engine) == ""
