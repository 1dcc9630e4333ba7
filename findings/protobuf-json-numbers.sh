#!/usr/bin/env bash
# Protobuf's JSON writes 64-bit integers as texts, so the ids of an execution trace change type on the way.
#
# Execution traces of training jobs (Chakra) number their operators with uint64 and list dependencies by these numbers.
# Converted to JSON by protobuf's own functions, the numbers become texts ("id": "7"), while 32-bit integers and doubles stay
# numbers. A reader of the JSON that looks a dependency up in a map of ids finds it only if it treats both alike, and a size
# in bytes is compared as a text ("9" > "10"). The mapping is part of the proto3 specification, made so because a JavaScript
# number holds 53 bits.
#
# Shown: a node with Chakra's kinds of fields, in the binary form (which keeps its types) and as JSON. Seen with protobuf
# 3.21.12 (Debian 12).
set -eu -o pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq python3-protobuf protobuf-compiler libprotoc32 libprotobuf32 >apt.log 2>&1 ||
  { echo "needs apt and the packages python3-protobuf and protobuf-compiler" >&2; exit 2; }
for package in *.deb; do dpkg -x "$package" .; done
export LD_LIBRARY_PATH=$PWD/usr/lib/x86_64-linux-gnu PYTHONPATH=$PWD/usr/lib/python3/dist-packages:$PWD
usr/bin/protoc --version
cat >execution_trace.proto <<'PROTO'
syntax = "proto3";
message Node {
  uint64 id = 1;
  string name = 2;
  repeated uint64 data_deps = 3;
  int64 comm_size = 4;
  uint32 tag = 5;
  double duration_micros = 6;
}
PROTO
usr/bin/protoc --python_out=. execution_trace.proto
/usr/bin/python3 - <<'CODE'
import json
from google.protobuf import json_format
import execution_trace_pb2
node = execution_trace_pb2.Node(id=7, name="all_reduce", data_deps=[5, 6], comm_size=4096, tag=3, duration_micros=1.5)
back = execution_trace_pb2.Node.FromString(node.SerializeToString())
print("binary: ", type(back.id).__name__, back.id, list(back.data_deps), back.comm_size, back.tag, back.duration_micros)
text = json.loads(json_format.MessageToJson(node, preserving_proto_field_name=True))
print("as JSON:", json.dumps(text))
assert text["id"] == "7" and text["data_deps"] == ["5", "6"] and text["comm_size"] == "4096"
assert text["tag"] == 3 and text["duration_micros"] == 1.5
CODE
