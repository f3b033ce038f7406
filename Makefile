# Two commands for a fresh Debian 12: `make demo` and `make test`. The work is in tools/dev and tests/run.sh.
RGPT  := build/tools/rgpt/rgpt
MODEL := models/rgpt-tiny.gguf

.PHONY: demo test build install lint model-starter clean
build: build/build.ninja
	ninja -C build

$(RGPT): build/build.ninja FORCE
	ninja -C build tools/rgpt/rgpt
FORCE:

build/build.ninja:
	tools/dev/install.sh demo
	meson setup build

install:
	tools/dev/install.sh demo

# Describes a part of a photo, draws it, and says where the picture is. Builds the program alone.
demo: install $(MODEL)
	tools/dev/demo.sh $(RGPT) $(MODEL)

model-starter: $(MODEL)
$(MODEL): tools/dev/get-model.sh $(wildcard models/starter/*) | $(RGPT)
	tools/dev/get-model.sh $(RGPT) $@

# Everything, on two cores in less than 25 minutes.
test:
	tools/dev/install.sh test
	tests/run.sh

lint: build
	tests/lint/run.py

clean:
	rm -rf build build-asan build-tsan build-clang build-coverage
