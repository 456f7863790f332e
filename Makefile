# Front door over Meson. Every target first sees to what it needs: scripts/deps installs missing packages of the
# distribution (and is silent when all is there), then the build is brought up to date.
BUILD := build
TOBAN := $(BUILD)/toban
JOBS :=
SECONDS_EACH := 20

.DEFAULT_GOAL := build
.PHONY: build run test e2e bench lint format fuzz install clean help

build: $(BUILD)/build.ninja   ## build the program: build/toban
	@scripts/deps build test
	@ninja --quiet -C $(BUILD) $(JOBS)

$(BUILD)/build.ninja:
	@scripts/deps build test
	@meson setup $(BUILD) --buildtype=debugoptimized >/dev/null || { meson setup $(BUILD) --buildtype=debugoptimized; exit 1; }

run: build   ## show everything on the example platform, and replace its nodes under load
	@scripts/deps run
	@TOBAN=$(abspath $(TOBAN)) scripts/run-example

test: build   ## run the unit, command-line and seed tests
	@scripts/test-summary $(BUILD)

e2e: build   ## run the end-to-end tests on a real Kubernetes 1.20.2 control plane
	@scripts/deps e2e
	@scripts/kube-assets
	@TOBAN=$(abspath $(TOBAN)) tests/e2e/run $(ONLY)

bench: build   ## measure against grep, a plain YAML load and kubectl, side by side
	@scripts/deps bench
	@TOBAN=$(abspath $(TOBAN)) bench/run $(ONLY)

lint: $(BUILD)/build.ninja   ## check format, static analysis, layers, shell scripts and text
	@scripts/deps build lint
	@scripts/lint $(BUILD)

format:   ## lay out the C sources as .clang-format says
	@scripts/deps lint
	@git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format -i

fuzz:   ## run every fuzz target for SECONDS_EACH seconds
	@scripts/deps build test fuzz
	@scripts/fuzz $(SECONDS_EACH)

install: build   ## install the program, man pages and completions (DESTDIR, PREFIX)
	@$(if $(PREFIX),meson configure $(BUILD) -Dprefix=$(PREFIX))
	@meson install -C $(BUILD) --no-rebuild $(if $(DESTDIR),--destdir $(abspath $(DESTDIR)))

clean:   ## remove what was built (caches outside the tree stay)
	@rm -rf $(BUILD) build-*

help:   ## show this
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16
