# Every task of the project. `make help` lists them; each says what it does and does nothing twice.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

# What to pass on to the program, as in: make demo ARGS="--scenario flu_surge"
ARGS ?=
# How many seeds `make sim` lives through, with kills; and which `make nightly` compares.
SEEDS ?= 20000
NIGHTLY ?= 1-200
# How often `make chaos` does something to a process, and which choice of it.
ROUNDS ?= 500
SEED ?= $(shell date +%s)
# For how many seconds `make fuzz` breaks each kind of message.
SECONDS_EACH ?= 60

TARGET := $(or $(CARGO_TARGET_DIR),target)
CACHE := $(or $(MEDAXIS_CACHE),.cache)
BOARD := dashboards/board
BOARD_SOURCES := $(shell find $(BOARD)/src $(BOARD)/public $(BOARD)/index.html $(BOARD)/csp.txt \
	$(BOARD)/*.config.* $(BOARD)/tsconfig.json -type f 2>/dev/null)
NEED := deploy/need.sh
COMPOSE := docker compose --env-file $(CACHE)/compose.env -f deploy/compose.yaml
IN_COMPOSE := $(COMPOSE) run --rm --no-deps medaxis access
STAGE := deploy/stage.sh $(CACHE)/test-stages

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{ printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: tools ## A hospital, live, on this machine (ARGS="--help" for its options)
	@echo "demo 1/4: the ClickHouse engine"
	@deploy/fetch-libchdb.sh >/dev/null
	@echo "demo 2/4: the board"
	@$(MAKE) --no-print-directory board
	@echo "demo 3/4: the program (the first time takes some minutes)"
	@cargo build --locked --bin medaxis
	@echo "demo 4/4: start"
	@exec $(TARGET)/debug/medaxis demo $(ARGS)

.PHONY: board
board: $(BOARD)/dist/index.html ## The board's page, when its sources have changed

$(BOARD)/dist/index.html: $(BOARD)/node_modules/.package-lock.json $(BOARD_SOURCES)
	npm --prefix $(BOARD) run build
	@touch $@

$(BOARD)/node_modules/.package-lock.json: $(BOARD)/package.json $(BOARD)/package-lock.json
	@$(NEED) npm npm "which builds the board"
	npm --prefix $(BOARD) ci --no-audit --no-fund
	@touch $@

.PHONY: screenshots
screenshots: $(BOARD)/node_modules/.package-lock.json ## Pictures of every view: docs/screenshots, docs/board.png
	npm --prefix $(BOARD) run screenshots

.PHONY: test
test: ## Every test, against real servers; prints how long each stage took
	@rm -f $(CACHE)/test-stages
	@trap '$(STAGE)' EXIT; \
	$(STAGE) "tools" $(MAKE) --no-print-directory test-tools; \
	$(STAGE) "fetch the ClickHouse engine" deploy/fetch-libchdb.sh; \
	$(STAGE) "fetch Apache Kafka" deploy/fetch-kafka.sh; \
	$(STAGE) "fetch S3Proxy" deploy/fetch-s3proxy.sh; \
	$(STAGE) "board: build" $(MAKE) --no-print-directory board; \
	$(STAGE) "board: types" npm --prefix $(BOARD) run check; \
	$(STAGE) "board: unit tests" npm --prefix $(BOARD) test; \
	$(STAGE) "board: in a browser" npm --prefix $(BOARD) run e2e; \
	$(STAGE) "build the tests" cargo test --locked --workspace --no-run; \
	$(STAGE) "cargo test" cargo test --locked --workspace

.PHONY: nightly
nightly: test-tools board ## Many more seeds (NIGHTLY=1-200) than in make test, outages of a minute, 60,000 stays
	deploy/fetch-libchdb.sh
	deploy/fetch-kafka.sh
	MEDAXIS_SIM_SEEDS=$(NIGHTLY) cargo test --locked --release --package medaxis --test sim
	MEDAXIS_AWAY_S=60 cargo test --locked --package medaxis --test it outage
	MEDAXIS_STAYS=60000 cargo test --locked --package medaxis --test it backfill::stays

.PHONY: sim
sim: ## Hospitals whose gateway, processor and sink are killed again and again (SEEDS=20000)
	MEDAXIS_SIM_KILLS=$(SEEDS) cargo test --locked --release --package medaxis --test sim seeds

.PHONY: chaos
chaos: test-tools board ## Real processes killed, paused, misled, 500 times (ROUNDS=500, SEED=...)
	deploy/fetch-libchdb.sh
	deploy/fetch-kafka.sh
	MEDAXIS_CHAOS_ROUNDS=$(ROUNDS) MEDAXIS_CHAOS_SEED=$(SEED) \
		cargo test --locked --package medaxis --test it chaos -- --nocapture

.PHONY: fuzz
fuzz: tools ## Real messages broken in every way, for a minute each (SECONDS_EACH=60, SEED=...)
	MEDAXIS_FUZZ_S=$(SECONDS_EACH) MEDAXIS_FUZZ_SEED=$(SEED) cargo test --locked --package ingest \
		--test fuzz -- --nocapture --test-threads 2

.PHONY: bench
bench: test-tools board ## How fast, how much memory (optimised build), as a table
	deploy/fetch-libchdb.sh
	deploy/fetch-kafka.sh
	cargo bench --locked --package stream --bench processor
	cargo bench --locked --package sinks --bench clickhouse
	cargo bench --locked --package sinks --bench fan_out
	cargo bench --locked --package medaxis --bench cost
	cargo bench --locked --package medaxis --bench panels
	cargo bench --locked --package medaxis --bench end_to_end

.PHONY: fmt
fmt: ## Formats all Rust
	cargo fmt --all

.PHONY: fmt-check
fmt-check: ## Fails when something is not formatted
	cargo fmt --all --check

.PHONY: kpis
kpis: ## Writes docs/kpis.md, and the definitions in the Grafana panels, from the registry
	UPDATE_EXPECT=1 cargo test --locked --package stream --test kpis
	UPDATE_EXPECT=1 cargo test --locked --package medaxis --test grafana definitions

.PHONY: lint
lint: tools ## Clippy over everything; warnings are errors
	cargo clippy --locked --workspace --all-targets -- -D warnings

.PHONY: licences
licences: ## Whether every dependency may be used: licences, bans, sources
	@deny=$$(deploy/fetch-cargo-deny.sh); "$$deny" check licenses bans sources

.PHONY: up
up: ## Everything in containers: Mosquitto, Apache Kafka, ClickHouse, Grafana, MedAxis
	@docker compose version >/dev/null 2>&1 || \
		{ echo "up: docker compose is missing: install Docker with its compose plugin" >&2; exit 1; }
	@deploy/passwords.sh $(CACHE)/compose.env
	$(COMPOSE) build medaxis
	@$(IN_COMPOSE) list --config /etc/medaxis/medaxis.toml >/dev/null 2>&1 || { \
		echo "up: the token of an operator, shown this once; docs/access.md says how to make others:"; \
		$(IN_COMPOSE) add --config /etc/medaxis/medaxis.toml --tenant demo --site all --ward all \
			--role operator --tier staff --label Operator; }
	$(COMPOSE) up --build $(ARGS)

.PHONY: dist
dist: tools ## What the container holds, into target/dist (PROFILE=dev for a quick one)
	deploy/build.sh $(TARGET)/dist

.PHONY: clean
clean: ## Removes what was built; downloads in .cache stay
	cargo clean
	rm -rf $(BOARD)/dist $(BOARD)/node_modules demo-data

.PHONY: tools
tools:
	@$(NEED) cargo rustup "which compiles everything"
	@$(NEED) node nodejs "which builds the board"
	@$(NEED) npm npm "which builds the board and fetches the ClickHouse engine"
	@$(NEED) cc build-essential "which compiles librdkafka and OpenSSL"
	@$(NEED) perl perl "which configures OpenSSL"

.PHONY: test-tools
test-tools: tools
	@$(NEED) --install java openjdk-17-jre-headless "which runs Apache Kafka and S3Proxy"
	@$(NEED) --install mvn maven "which fetches Apache Kafka and S3Proxy"
	@$(NEED) --install mosquitto mosquitto "the MQTT broker of the tests"
	@$(NEED) --install mosquitto_pub mosquitto-clients "the MQTT client of the tests"
	@$(NEED) --install curl curl "which posts in the tests"
	@$(NEED) --install chromium chromium "the browser of the board's tests"
