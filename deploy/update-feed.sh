#!/bin/sh
# Writes the feed that tells Amend of a version: update-feed.sh VERSION PAGE [NOTES]. See docs/updates.md.
set -eu
if [ $# -lt 2 ]; then
    echo "use: update-feed.sh VERSION PAGE [NOTES]" >&2
    exit 2
fi
case $2 in
https://*) ;;
*)
    echo "the page must begin with https://" >&2
    exit 2
    ;;
esac
VERSION=$1 PAGE=$2 NOTES=${3:-} python3 - <<'PYTHON'
import datetime, json, os
now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
feed = {"version": os.environ["VERSION"], "notes": os.environ["NOTES"], "pub_date": now, "page": os.environ["PAGE"], "platforms": {}}
print(json.dumps(feed, ensure_ascii=False, indent=2))
PYTHON
