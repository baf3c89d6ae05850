"""A shipped classifier that a laboratory has taught."""

import numpy as np

from marrowscope.cells import CropBatch, OnnxClassifier, Proposals, SlideReference
from marrowscope.sites.head import SiteHead
from marrowscope.sites.site_file import Site


class SiteClassifier:
    """Implements `Classifier`: the network of one model, the head of one site."""

    def __init__(
        self,
        model: OnnxClassifier,
        head: SiteHead,
        white_rgb: tuple[float, float, float] | None,
    ) -> None:
        """white_rgb: the site's, for slides that show too little of their own."""
        self._model = model
        self._head = head
        self._white_rgb = white_rgb

    @property
    def um_per_px(self) -> float:
        """Scale of the crops it expects."""
        return self._model.um_per_px

    @property
    def crop_px(self) -> int:
        """Side of the square crops it expects."""
        return self._model.crop_px

    @property
    def class_ids(self) -> tuple[str, ...]:
        """Classes it can answer, in output order: those of the model."""
        return self._model.class_ids

    @property
    def blood_only_class_ids(self) -> frozenset[str]:
        """Classes that model and site know from blood alone."""
        return self._model.blood_only_class_ids

    @property
    def threshold(self) -> float:
        """Probability below which it abstains."""
        return self._model.threshold

    def classify(self, crops: CropBatch, reference: SlideReference) -> Proposals:
        """What each crop shows, in the order of the crops."""
        seen = self._model.outputs(crops, with_white(reference, self._white_rgb))
        given = self._head.probabilities(seen.logits, seen.features)
        return Proposals(np.asarray(given, dtype=np.float32), seen.strangeness)


def taught(model: OnnxClassifier, site: Site) -> SiteClassifier:
    """The model as the site taught it."""
    return SiteClassifier(model, site.head, site.white_rgb)


def with_white(
    reference: SlideReference, white_rgb: tuple[float, float, float] | None
) -> SlideReference:
    """The slide's reference, with the site's white where the slide has none."""
    if reference.white_rgb is not None:
        return reference
    return SlideReference(white_rgb, reference.red_cell_rgb, reference.n_pixels)
