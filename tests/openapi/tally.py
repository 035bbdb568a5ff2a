"""Says how requests were answered, and fails where too few writes were performed to have tried anything.

`tally.py FILE SHARE OPERATIONS`: of all writes at least SHARE percent, and at least OPERATIONS different ones.
"""

import collections
import json
import sys

file, share_min, operations_min = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with open(file) as text:
    tally = json.load(text)
reads, writes, performed, never = collections.Counter(), collections.Counter(), set(), set()
for operation, statuses in tally.items():
    kind = reads if operation.startswith("GET ") else writes
    for status, times in statuses.items():
        kind[f"{status[0]}xx"] += times
    if kind is writes:
        (performed if any(status[0] == "2" for status in statuses) else never).add(operation)
share = 100 * writes["2xx"] // max(writes.total(), 1)
print(f"reads {dict(reads)}, writes {dict(writes)}: {share} % performed, {len(performed)} operations of {len(performed | never)}")
print("never performed:", ", ".join(sorted(never)) or "none")
if share < share_min or len(performed) < operations_min:
    sys.exit(f"too few writes were performed: {share_min} % of {operations_min} operations are the least")
