"""Have cosmic-ray try a random sample of the mutants that it has still to try.

`python -m benchmarks.robustness.sample_mutants mutants.sqlite 300 --seed 0` marks the others as
skipped; cosmic-ray.toml describes the whole run. The same seed draws the same sample of the same
code.
"""

import argparse
import random
import sqlite3

LEFT = """select job_id from mutation_specs where job_id not in (select job_id from work_results)
order by module_path, start_pos_row, start_pos_col, operator_name, operator_args, occurrence"""
SKIP = "insert into work_results (job_id, worker_outcome) values (?, 'SKIPPED')"


def main() -> None:
    """Skip all but the sample."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("session", help="file that `cosmic-ray init` made")
    parser.add_argument("size", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with sqlite3.connect(options.session) as database:
        left = [job for (job,) in database.execute(LEFT)]
        sample = set(random.Random(options.seed).sample(left, min(options.size, len(left))))
        database.executemany(SKIP, [(job,) for job in left if job not in sample])
    print(f"{len(sample)} of {len(left)} mutants are left to try")


if __name__ == "__main__":
    main()
