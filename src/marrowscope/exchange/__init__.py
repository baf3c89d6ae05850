"""Results in the formats of other programs: JSON, Parquet, GeoJSON, and a folder of them."""

from marrowscope.exchange.analysis_json import (
    analysis_object,
    encode_analysis,
    encode_json,
    summary_object,
)
from marrowscope.exchange.geojson import write_geojson
from marrowscope.exchange.tables import read_cells, write_cells
from marrowscope.exchange.writing import (
    OutputPaths,
    check_output_folder,
    check_place_for,
    write_files,
    write_outputs,
)

__all__ = [
    "OutputPaths",
    "analysis_object",
    "check_output_folder",
    "check_place_for",
    "encode_analysis",
    "encode_json",
    "read_cells",
    "summary_object",
    "write_cells",
    "write_files",
    "write_geojson",
    "write_outputs",
]
