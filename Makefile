# Two commands do everything: `make run` and `make test`. Both install or name what is missing.
# Dependencies, which take most of the time, are built once for both; our own code once more for the tests, unoptimised (.ci/test).

RINGLY := target/release/ringlypro

.PHONY: run test verify build web models lint

run: build models ## Build, fetch the models, serve on port 8080
	@$(RINGLY) serve

build: web
	@.ci/tools build
	cargo build --release

web: web/dist/index.html

web/dist/index.html: web/package-lock.json $(shell find web/src web/index.html web/copilot.html web/vite.config.ts web/tsconfig.json -type f 2>/dev/null)
	@.ci/tools web
	cd web && ../.ci/node npm ci --no-audit --no-fund --loglevel=error && ../.ci/node npm run --silent build

models: build ## Make the models that are used stand in models/ (or $RINGLY_MODELS)
	@[ -e "$${RINGLY_MODELS:-models}/.verified.json" ] || .ci/tools models
	@$(RINGLY) models

test: ## Everything, from a fresh clone; ends with its counts
	@.ci/test

verify: ## What is long: whole conformance, soak, fuzz
	@VERIFY=1 .ci/test

lint:
	cargo fmt --check
	cargo clippy --release --all-targets -- -D warnings
