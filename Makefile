# make demo      the main job on a small pipeline: cached steps, fresh files
# make test      as root: real mounts, a real OCI runtime, a real registry, the installed programs below a real systemd
# make test-kernel  the installed programs on Debian's own kernel, in an emulated machine; not part of `make test`
# make check     formatting, imports, documents
# make soak      the daemon killed a thousand times, disks that lose power, and VARVE_SOAK_SECONDS (an hour) of mixed load with faults
# make bench     the numbers of docs/benchmarks.md
# make install   static, stripped programs, units, man pages: DESTDIR=D PREFIX=/usr
# make deps      the Debian packages all of these need

SHELL := /bin/bash
PREFIX ?= /usr
DESTDIR ?=
SWIFT ?= swift
RELEASE := --configuration release --static-swift-stdlib --scratch-path .build-release

BUILD_PACKAGES := gcc libc6-dev pkg-config libarchive-dev libmount-dev libsqlite3-dev libsystemd-dev zlib1g-dev
RUN_PACKAGES := crun golang-github-containers-common slirp4netns skopeo
TEST_PACKAGES := attr busybox-static ca-certificates curl docker-registry e2fsprogs git iproute2 libcap2-bin make \
	mandoc mmdebstrap mount procps python3 python3-venv runc sqlite3 systemd-container tar util-linux xfsprogs xz-utils zstd

.PHONY: all deps build release check test test-install test-systemd test-kernel soak demo bench install clean

all: build

deps:
	@integration/tools/install-packages $(BUILD_PACKAGES) $(RUN_PACKAGES) $(TEST_PACKAGES)

build: deps
	$(SWIFT) build

release: deps
	$(SWIFT) build $(RELEASE) --product varved
	$(SWIFT) build $(RELEASE) --product varve
	mkdir -p .build-release/static
	$(CC) -std=gnu17 -O2 -Wall -Wextra -Werror -static -o .build-release/static/varve-supervise Sources/varve-supervise/*.c

check:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests integration
	integration/tools/check-documents

test: deps
	$(SWIFT) build --build-tests
	integration/tools/run-tests
	integration/tools/run-installed test-install test-systemd

# The installed programs in a Debian without the Swift toolchain; below a systemd that is booted in a container; on
# Debian's own kernel in an emulated machine.
test-install test-systemd test-kernel: deps
	integration/tools/run-installed $@

soak: deps
	$(SWIFT) build --build-tests
	VARVE_CRASHES=1000 VARVE_POWER_CUTS=200 $(SWIFT) test --skip-build --filter 'IntegrationTests.*(killed|loses power)'
	integration/soak/run

demo: build
	integration/demo/run

bench: release
	$(SWIFT) build $(RELEASE) --product varve-bench
	integration/bench/run

install: release
	integration/tools/install "$(DESTDIR)" "$(PREFIX)"

clean:
	rm -rf .build .build-release
