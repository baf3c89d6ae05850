"""The queries that make a utilization table, as SQL of DuckDB."""

from dataclasses import asdict, dataclass
from pathlib import Path

from marrowscope.coding.utilization_columns import RULES, UtilizationLayout

COPYRIGHT_ROW_NPI = "0000000001"
"""Files of before 2019 carry a statement of copyright in a row of this number."""
LONGEST_LINE = 65_536
ROWS_OF_A_GROUP = 65_536
"""Of Parquet; one code is read by the groups that hold it."""
WRONG_CELL = "a cell breaks its rule"
COUNTING = (
    "SELECT coalesce(sum(n_rows), 0)::BIGINT, "
    "coalesce(sum(n_rows) FILTER (NOT is_kept), 0)::BIGINT, count(*) FILTER (is_kept) FROM kept"
)


@dataclass(frozen=True, slots=True)
class UtilizationFacts:
    """What is known of an imported year. sha256: of the file as it was given, packed or not.

    n_rows: of the file. n_kept: of the table, places of service summed. n_of_organisations: rows
    left out.
    """

    year: int
    sha256: str
    n_rows: int
    n_kept: int
    n_of_organisations: int


def cells(layout: UtilizationLayout, pipe: str) -> str:
    """SQL for the columns that are used, as trimmed text."""
    columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(layout.n_columns))
    used = ", ".join(f"coalesce(trim(c{at}), '') AS {name}" for name, at in layout.places.items())
    return (
        f"SELECT {used} FROM read_csv('{pipe}', auto_detect=false, header=true, "
        f"columns={{{columns}}}, delim='{layout.delimiter}', quote='\"', escape='\"', "
        f"strict_mode=true, max_line_size={LONGEST_LINE})"
    )


def collecting(layout: UtilizationLayout, pipe: str) -> str:
    """SQL for the table `kept`: a row for each provider and code, one for all organisations."""
    checked = ", ".join(
        f"CASE WHEN regexp_full_match({name}, '{rule}') THEN {name} "
        f"ELSE error('{WRONG_CELL}') END AS {name}"
        for name, (rule, _words) in RULES.items()
    )
    keys = ", ".join(
        f"CASE WHEN entity = 'I' THEN {key} END AS {key}" for key in ("state", "specialty", "code")
    )
    return (
        f"CREATE TEMP TABLE kept AS SELECT entity = 'I' AS is_kept, {keys}, "
        "CASE WHEN entity = 'I' THEN npi::BIGINT END AS npi, "
        "sum(services::DECIMAL(18, 6))::DECIMAL(18, 6) AS services, "
        "sum(beneficiaries::DECIMAL(18, 0))::BIGINT AS beneficiaries, count(*) AS n_rows "
        # What nobody asks for is not computed: without the last condition no place is checked.
        f"FROM (SELECT {checked} FROM ({cells(layout, pipe)}) "
        f"WHERE npi != '{COPYRIGHT_ROW_NPI}') WHERE place != '' GROUP BY ALL"
    )


def writing(facts: UtilizationFacts, made: Path) -> str:
    """SQL that writes what is kept, with the facts in the file itself."""
    known = ", ".join(f"{name}: '{value}'" for name, value in asdict(facts).items())
    place = str(made).replace("'", "''")
    return (
        "COPY (SELECT md5_number_lower(npi::VARCHAR) AS provider, state, specialty, code, "
        "services, beneficiaries FROM kept WHERE is_kept "
        f"ORDER BY code, specialty, state, provider) TO '{place}' (FORMAT parquet, "
        f"COMPRESSION zstd, ROW_GROUP_SIZE {ROWS_OF_A_GROUP}, KV_METADATA {{{known}}})"
    )
