"""What a report says, without its times."""
import json
import sys

r = json.load(open(sys.argv[1]))
print(r["kind"], "|", r["operation"], "|", r["verdict"], "|", r["pods"]["moved"], "of", r["pods"]["to_move"], "pods")
for key in ("blockers", "never_move", "risks"):
    for item in r[key]:
        print(f"  {key}: {item['id']} {item['workload']} ({item['pods']})")
for item in r["dips"]:
    print(f"  dip: {item['workload']} {item['least_ready']} of {item['replicas']}")
for event in r["events"]:
    if event["kind"] == "pause":
        print(f"  pause: {event['text']}")
