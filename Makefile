# The commands of this repository. Each does its own set-up, says what it does, and ends with a plain result.

.PHONY: help demo test test-sanitize storm bench fuzz lint header schemas docs lib install generate package test-packages stress clean

help:
	@echo "make demo    build the library, start the platform in a box, and run the C examples against it"
	@echo "make test    all tests: Rust, C, the C examples under valgrind, a foreign OIDC provider, and the wrappers (LANGUAGES=\"cpp go\" for some)"
	@echo "make test-sanitize   the C tests under AddressSanitizer, LeakSanitizer and ThreadSanitizer"
	@echo "make storm SECONDS=60 THREADS=16   random calls from many threads, against the platform with its faults on"
	@echo "make bench   what speed is promised, each beside its peer in the same run (hyper, reqwest, libcurl, Go, undici, spdlog, Aho-Corasick), and what a call costs in each language"
	@echo "make stress CALLS=100000   so many calls in each language, with random cancellation and workers that end in mid-call"
	@echo "make fuzz SECONDS=60   each fuzz target for so long"
	@echo "make lint    formatting, clippy, documentation and licences"
	@echo "make header  make include/kei_agent.h anew from the source"
	@echo "make schemas   make src/schemas.txt anew from the types: what kei.describe tells, and requests and settings are checked by"
	@echo "make docs    make docs/operations.md and docs/c-api.md anew from the source"
	@echo "make lib     the shared library alone, in target/release"
	@echo "make install PREFIX=/usr/local DESTDIR=   libraries, header, pkg-config file and CMake package"
	@echo "make generate   make the wrappers' typed layers anew from what the library says of itself"
	@echo "make package   what is distributed: C archive, C++ headers, Go module, NuGet and npm packages, in target/packages"
	@echo "make test-packages   install each package, and what make install lays out, into a fresh project outside the tree, and run it"
	@echo "make clean   take away everything that was built or fetched"

demo:
	@python3 tests/demo.py

# The wrappers' languages, for the commands that are about them; all when it is empty.
LANGUAGES =

test:
	@python3 tests/run.py $(LANGUAGES)

test-sanitize:
	@python3 tests/sanitize.py

bench:
	@missed=0; python3 tests/bench.py || missed=1; python3 tests/bindings/run.py bench $(LANGUAGES) || missed=1; exit $$missed

stress:
	@python3 tests/bindings/run.py stress $(LANGUAGES)

storm:
	@python3 tests/storm.py

fuzz:
	@python3 tests/fuzz.py

lint:
	@python3 tests/lint.py

header:
	@KEI_WRITE_HEADER=1 cargo test --quiet --test header
	@echo "include/kei_agent.h is up to date"

schemas:
	@KEI_WRITE_SCHEMAS=1 cargo test --quiet --lib the_schemas_that_are_committed
	@echo "src/schemas.txt is up to date"

docs: header schemas
	@cargo run --quiet --package kei-agent-cli -- describe --markdown > docs/operations.md
	@python3 docs/c_api.py
	@echo "docs/operations.md and docs/c-api.md are up to date"

lib:
	@python3 packaging/library.py

generate: schemas
	@python3 bindings/generate

package:
	@python3 tests/bindings/run.py package $(LANGUAGES)

test-packages:
	@python3 tests/bindings/run.py test-packages $(LANGUAGES)

install:
	@python3 packaging/install.py

clean:
	@cargo clean
	@rm -rf .tools
	@git clean -qfdX bindings examples tests
