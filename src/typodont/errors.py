"""Every error that typodont raises on purpose, in one tree.

A message names the file (where there is one), what was found, what was expected and what to do.
The command line prints these without a traceback and goes on with the next file of a batch.
"""


class TypodontError(Exception):
    """Root of every error that is caused by the input or the request, not by a bug."""


class FormatError(TypodontError):
    """A file cannot be read as what it claims to be (empty, truncated, wrong content)."""


class MeshError(TypodontError):
    """A mesh is not usable (no faces, indices out of range, NaN coordinates)."""


class LabelError(TypodontError):
    """Labels do not fit what they label (wrong length, unknown tooth number)."""


class FrameError(TypodontError):
    """Two things were combined that live in different coordinate frames or units."""


class NoArchError(TypodontError):
    """The surface holds no dental arch (a sphere, a single tooth, a block)."""


class NoPreparationError(TypodontError):
    """No prepared tooth where a restoration was asked for (tooth missing, not prepared, cut off by the scan's edge)."""


class NoPanoramicError(TypodontError):
    """The picture is no panoramic radiograph (a photo, a bitewing, noise)."""


class NoDentalPictureError(TypodontError):
    """The picture shows no teeth (a landscape, a document, noise)."""


class WeightsError(TypodontError):
    """Weights are missing, damaged, of another architecture, or may not be shipped."""


class ConfigError(TypodontError):
    """A configuration has unknown keys or values that cannot work together."""


class StudyError(TypodontError):
    """Some runs of a study failed or were broken off; the others are kept."""


class OutputExistsError(TypodontError):
    """A result already exists and `--force` was not given."""
