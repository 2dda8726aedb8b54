# make run        installs what the system lacks, builds, plays the demo and says how fast that was
# make test       all tests that fit into ten minutes on two cores
# make test-all   all tests: every ROM, every switch
# make roms-check assembles roms/ again and compares with the committed images

CARGO ?= cargo

run: build
	./target/release/ricojit run

build: deps
	$(CARGO) build --release --locked

test: deps
	$(CARGO) test --workspace --locked

test-all: deps
	RICOJIT_TEST_ALL=1 $(CARGO) test --workspace --locked

roms-check: deps-roms
	$(MAKE) -C roms check

# $(call need,COMMAND,PACKAGES): installs Debian packages where a command is missing, as root or through sudo.
define need
@command -v $(1) >/dev/null || { \
	line='apt-get update && apt-get install -y --no-install-recommends $(2)'; \
	if [ "$$(id -u)" = 0 ]; then sh -c "$$line"; \
	elif command -v sudo >/dev/null; then sudo sh -c "$$line"; \
	else echo "$(1) is missing. As root: $$line"; exit 1; fi; }
endef

deps:
	@command -v $(CARGO) >/dev/null || { echo 'cargo is missing: install Rust 1.95 or newer, https://rustup.rs'; exit 1; }
	$(call need,cc,gcc libc6-dev)

deps-roms:
	$(call need,ca65,cc65)

.PHONY: run build test test-all roms-check deps deps-roms
