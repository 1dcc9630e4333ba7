#!/usr/bin/env bash
# Whether "lr: 1e-3" is a number depends on the YAML library.
#
# Training configurations write learning rates as 1e-3. PyYAML follows YAML 1.1, in which a number with an exponent needs a
# point and a signed exponent: it returns the text "1e-3", and the optimizer fails later, or a comparison with it is a
# comparison of texts. By YAML 1.2 it is a number, and npm's "yaml" returns 0.001; js-yaml does so, too. The same holds for
# workers: 010, which is 8 in PyYAML and 10 in YAML 1.2. So a scenario that Python writes and C++ or a browser reads may
# change its meaning on the way; 1.0e-3 is a number everywhere.
#
# Shown: one file, read by Debian's python3-yaml and by two npm packages. Seen with python3-yaml 6.0, yaml 2.9.1 and
# js-yaml 4.1.0.
set -eu -o pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v npm >/dev/null || { echo "needs node and npm" >&2; exit 2; }
cd "$folder"
apt-get download -qq python3-yaml >apt.log 2>&1 || { echo "needs apt and the package python3-yaml" >&2; exit 2; }
dpkg -x python3-yaml_*.deb . 
npm install --silent --no-audit --no-fund yaml@2.9.1 js-yaml@4.1.0 >npm.log 2>&1 || { cat npm.log >&2; exit 2; }

printf 'lr: 1e-3\nworkers: 010\nmomentum: 1.0e-3\n' >run.yaml
pyyaml=$(PYTHONPATH=usr/lib/python3/dist-packages /usr/bin/python3 -c '
import json, yaml
print(json.dumps(yaml.safe_load(open("run.yaml"))))')
yaml=$(node -e 'console.log(JSON.stringify(require("yaml").parse(fs.readFileSync("run.yaml", "utf8"))))')
js_yaml=$(node -e 'console.log(JSON.stringify(require("js-yaml").load(fs.readFileSync("run.yaml", "utf8"))))')
echo "PyYAML:  $pyyaml"
echo "yaml:    $yaml"
echo "js-yaml: $js_yaml"
[[ $pyyaml == '{"lr": "1e-3", "workers": 8, "momentum": 0.001}' && $yaml == '{"lr":0.001,"workers":10,"momentum":0.001}' ]]
