# Digital for Growth. `make help` lists the targets.

CARGO ?= cargo
ASSETS := crates/web/assets
TARGET := $(or $(CARGO_TARGET_DIR),target)
REGION ?= regions/north-east
LISTEN ?= 127.0.0.1:8080
DATA ?= data

.PHONY: help run test assets lint unit e2e bench deny schema picture clean

help: ## List the targets
	@grep -E '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

# The engine of the evidence is built by itself, with its readers: whatever else is built beside it
# would change the features of what it is made of, and all of that would be compiled again.
ENGINE := dfg-engine dfg-reader
# So is what runs it on several machines, for the same reason.
CLUSTER := dfg-cluster
APART := $(ENGINE) $(CLUSTER)

run: setup-run assets ## Serve the North East on http://127.0.0.1:8080
	$(CARGO) build --locked -p dfg
	@echo "The engine of the evidence is built beside the server, which takes minutes the first time."
	@$(CARGO) build --locked --quiet -p dfg-engine & \
	exec $(TARGET)/debug/dfg serve --region $(REGION) --data $(DATA) --listen $(LISTEN)

test: setup-test assets lint unit e2e ## Everything that must pass

.PHONY: setup-run setup-test
setup-run:
	@scripts/setup run

setup-test:
	@scripts/setup test

assets: $(ASSETS)/dist/manifest.json ## Build the styles and fonts

$(ASSETS)/dist/manifest.json: $(ASSETS)/package-lock.json $(ASSETS)/build.mjs $(wildcard $(ASSETS)/scss/*.scss) $(wildcard $(ASSETS)/static/*)
	cd $(ASSETS) && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build

lint: assets ## Formatting and lints
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace $(patsubst %,--exclude %,$(APART)) --all-targets -- -D warnings
	$(CARGO) clippy --locked $(patsubst %,-p %,$(APART)) --all-targets -- -D warnings

unit: assets ## Tests of the crates, on real SQLite files and a real PostgreSQL
	$(CARGO) test --locked $(patsubst %,-p %,$(ENGINE)) --no-fail-fast
	$(CARGO) test --locked -p $(CLUSTER) --no-fail-fast
	$(CARGO) test --locked --workspace $(patsubst %,--exclude %,$(APART)) --no-fail-fast

e2e: assets ## The built program in a real browser
	$(CARGO) build --locked -p dfg-engine
	$(CARGO) build --locked -p dfg
	cd e2e && npm ci --no-audit --no-fund --loglevel=error
	cd e2e && DFG="$(abspath $(TARGET))/debug/dfg" npm test --silent

bench: assets ## Measured comparisons with peers; prints a table
	bench/run.sh

deny: ## Licences and sources of the dependencies; needs cargo-deny
	$(CARGO) deny check licenses bans sources

schema: ## Write the JSON Schemas of the region's files to docs/schema
	$(CARGO) run --locked -q -p dfg -- region schema docs/schema

picture: ## Take the README's picture anew
	cd e2e && DFG="$(abspath $(TARGET))/debug/dfg" node screenshots.mjs

clean: ## Remove what was built here
	rm -rf target data $(ASSETS)/dist $(ASSETS)/node_modules e2e/node_modules
