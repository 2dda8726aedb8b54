# make run        installs missing packages, builds, and opens the demo in a window; without a display, runs the demo and
#                 prints its speed
# make build      builds the program, and the runtime of executables
# make test       builds and runs the tests, within ten minutes on two cores
# make test-all   runs all tests in full length: every ROM, every configuration
# make runtime    builds the runtime of executables that are one game
# make test-standalone makes such executables and runs them with nothing but their libraries
# make test-aarch64 compiles images for AArch64 and runs them with QEMU
# make roms-check assembles roms/ again and compares with the committed images; makes the ROMs that check boards, and runs them

CARGO ?= cargo

# Sound needs the headers of ALSA. If they cannot be installed, build without sound.
FEATURES = $(shell pkg-config --exists alsa 2>/dev/null || echo --no-default-features --features jit,window)

run: program
	./target/release/ricojit $(if $(DISPLAY)$(WAYLAND_DISPLAY),play,run)

build: program runtime

program: deps deps-sound
	$(CARGO) build --release --locked $(FEATURES)

# The same program without the compiler. A folder of its own: Cargo unites the features of one build.
RUNTIME_FEATURES = window$(shell pkg-config --exists alsa 2>/dev/null && echo ,audio)
RELEASE = $(or $(CARGO_TARGET_DIR),target)/release

runtime: deps deps-sound
	$(CARGO) build --release --locked -p ricojit-cli --no-default-features --features $(RUNTIME_FEATURES) --target-dir $(RELEASE)/runtime
	cp $(RELEASE)/runtime/release/ricojit $(RELEASE)/ricojit-runtime

test: deps deps-sound
	$(CARGO) test --workspace --locked $(FEATURES)

test-all: deps deps-sound
	RICOJIT_TEST_ALL=1 $(CARGO) test --workspace --locked $(FEATURES)

test-standalone: deps deps-aarch64
	CARGO=$(CARGO) tests/standalone.sh

test-aarch64: deps deps-aarch64
	CARGO=$(CARGO) tests/aarch64.sh

roms-check: deps-roms
	$(MAKE) -C roms check
	$(CARGO) test --workspace --locked $(FEATURES) --test boards

# $(call need,COMMAND,PACKAGES): if the command is missing, installs the Debian packages, as root or with sudo.
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

deps-sound:
	@pkg-config --exists alsa 2>/dev/null || { \
		line='apt-get update && apt-get install -y --no-install-recommends libasound2-dev pkg-config'; \
		if [ "$$(id -u)" = 0 ]; then sh -c "$$line"; \
		elif sudo -n true 2>/dev/null; then sudo sh -c "$$line"; fi; } || true
	@pkg-config --exists alsa 2>/dev/null || echo 'Building without sound. For sound, as root: apt-get install libasound2-dev pkg-config'

deps-roms:
	$(call need,ca65,cc65)

deps-aarch64:
	$(call need,qemu-aarch64-static,qemu-user-static)
	$(call need,aarch64-linux-gnu-gcc,gcc-aarch64-linux-gnu libc6-dev-arm64-cross)

.PHONY: run build program runtime test test-all test-standalone test-aarch64 roms-check deps deps-sound deps-roms deps-aarch64
