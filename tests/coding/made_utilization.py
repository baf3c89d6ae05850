"""Utilization files as CMS lays them out, of invented providers with invented services.

No descriptor of any code is in them. The same seed gives the same rows.
"""

import csv
import io
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HEADER = (
    "Rndrng_NPI Rndrng_Prvdr_Last_Org_Name Rndrng_Prvdr_First_Name Rndrng_Prvdr_MI "
    "Rndrng_Prvdr_Crdntls Rndrng_Prvdr_Ent_Cd Rndrng_Prvdr_St1 Rndrng_Prvdr_St2 "
    "Rndrng_Prvdr_City Rndrng_Prvdr_State_Abrvtn Rndrng_Prvdr_State_FIPS Rndrng_Prvdr_Zip5 "
    "Rndrng_Prvdr_RUCA Rndrng_Prvdr_RUCA_Desc Rndrng_Prvdr_Cntry Rndrng_Prvdr_Type "
    "Rndrng_Prvdr_Mdcr_Prtcptg_Ind HCPCS_Cd HCPCS_Desc HCPCS_Drug_Ind Place_Of_Srvc Tot_Benes "
    "Tot_Srvcs Tot_Bene_Day_Srvcs Avg_Sbmtd_Chrg Avg_Mdcr_Alowd_Amt Avg_Mdcr_Pymt_Amt "
    "Avg_Mdcr_Stdzd_Amt"
)
NAMES = tuple(HEADER.split())
HEADER_BEFORE_2019 = (
    "npi nppes_provider_last_org_name nppes_provider_first_name nppes_provider_mi "
    "nppes_credentials nppes_provider_gender nppes_entity_code nppes_provider_street1 "
    "nppes_provider_street2 nppes_provider_city nppes_provider_zip nppes_provider_state "
    "nppes_provider_country provider_type medicare_participation_indicator place_of_service "
    "hcpcs_code hcpcs_description hcpcs_drug_indicator line_srvc_cnt bene_unique_cnt "
    "bene_day_srvc_cnt average_Medicare_allowed_amt average_submitted_chrg_amt "
    "average_Medicare_payment_amt average_Medicare_standard_amt"
)
NAMES_BEFORE_2019 = tuple(HEADER_BEFORE_2019.split())
STATES = ("AL", "CA", "FL", "MN", "NY", "OH", "PR", "TX")
N_SPECIALTIES = 100
N_CODES = 6_000


@dataclass(frozen=True)
class Row:
    """One row; everything else in it is filled up."""

    npi: str = "1000000001"
    code: str = "85097"
    services: str = "20"
    beneficiaries: str = "15"
    place: str = "F"
    entity: str = "I"
    state: str = "MN"
    specialty: str = "Pathology"

    def cells(self) -> dict[str, str]:
        known = {
            ("Rndrng_NPI", "npi"): self.npi,
            ("Rndrng_Prvdr_Last_Org_Name", "nppes_provider_last_org_name"): "Made, Surname",
            ("Rndrng_Prvdr_Ent_Cd", "nppes_entity_code"): self.entity,
            ("Rndrng_Prvdr_State_Abrvtn", "nppes_provider_state"): self.state,
            ("Rndrng_Prvdr_Type", "provider_type"): self.specialty,
            ("HCPCS_Cd", "hcpcs_code"): self.code,
            ("Place_Of_Srvc", "place_of_service"): self.place,
            ("Tot_Benes", "bene_unique_cnt"): self.beneficiaries,
            ("Tot_Srvcs", "line_srvc_cnt"): self.services,
        }
        return {name: text for names, text in known.items() for name in names}


def text_of(rows: Iterable[Row], names: Sequence[str] = NAMES, delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        cells = row.cells()
        writer.writerow([cells.get(name, "1") for name in names])
    return out.getvalue()


def write_rows(path: Path, rows: Iterable[Row], names: Sequence[str] = NAMES) -> Path:
    path.write_text(text_of(rows, names), encoding="utf-8")
    return path


def one_each(*services: int | str, code: str = "85097", first: int = 1_000_000_001) -> list[Row]:
    """A provider for each number of services."""
    return [Row(str(first + at), code, str(one)) for at, one in enumerate(services)]


def write_many(path: Path, n_rows: int, seed: int = 1) -> int:
    """A file of at least `n_rows` rows, as wide as the real one; returns how many it has."""
    n_written = 0
    with path.open("w", encoding="utf-8", buffering=1 << 20) as file:
        file.write(",".join(NAMES) + "\n")
        for lines in _lines_of_providers(seed):
            file.writelines(lines)
            n_written += len(lines)
            if n_written >= n_rows:
                return n_written
    raise AssertionError("the providers never end")


def _lines_of_providers(seed: int) -> Iterator[list[str]]:
    draw = random.Random(seed)
    codes = [f"{number:05d}" for number in draw.sample(range(100, 99_999), N_CODES - 1)]
    codes.append("85097")
    npi = 1_000_000_000
    while True:
        npi += draw.randrange(1, 800)
        entity = "O" if draw.random() < 0.05 else "I"
        state = draw.choice(STATES)
        provider = (
            f'{npi},"Surname, {npi % 9999}",First,Q,M.D.,{entity},{npi % 999} Made Up Street,'
            f"Suite {npi % 99},Sampletown,{state},{npi % 50:02d},{npi % 99_999:05d},1,"
            "Metropolitan area core: words as long as those of the real file are,US,"
            f"Specialty number {npi % N_SPECIALTIES:03d},Y,"
        )
        lines = []
        for code in draw.sample(codes, draw.randrange(1, 17)):
            n_patients = 11 + int(draw.expovariate(1 / 40))
            n_services = n_patients * draw.randrange(1, 4)
            service = f"{code},words as long as the mean of the real file,N,"
            counts = f"{n_patients},{n_services},{n_services},{1.25 * n_patients:.8f}"
            money = "88.12345678,70.33333333,71.44444444\n"
            lines.append(f"{provider}{service}O,{counts},{money}")
            if draw.random() < 0.1:
                lines.append(f"{provider}{service}F,{counts},{money}")
        yield lines
