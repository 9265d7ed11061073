# Needs Go 1.26 and make; everything else is found or told. "make" alone lists the targets.

export GOFLAGS := $(strip $(GOFLAGS) -trimpath)

BINARY   := raynetsync
FUZZTIME ?= 2s
ARGS     ?=

.DEFAULT_GOAL := help
.PHONY: help build test check demo bench prove generate verify fuzz clean vet format staticcheck rules

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

build: ## build the one binary, ./raynetsync
	go build -o $(BINARY) ./cmd/raynetsync

demo: build ## show a small company being synchronised (ONCE=1: one report as JSON, then end; ARGS="--seed 7 …")
	./$(BINARY) demo $(if $(ONCE),--once --json) $(ARGS)

bench: build ## measure a first synchronisation against the emulators (ARGS="--items 10000 …")
	./$(BINARY) bench --json $(ARGS)

test: ## run every test there is, with the race detector; ends with a list of what could not be run
	./tools/test

prove: ## try to make the program do what it must never do (HOW=full: for some hours; figures in bin/proof)
	./tools/prove $(or $(HOW),quick)

check: format vet staticcheck rules test ## everything a change must pass

format: ## fail on files that gofmt would change
	@files=$$(gofmt -l cmd internal); if [ -n "$$files" ]; then echo "not formatted (run gofmt -w):"; echo "$$files"; exit 1; fi

vet: ## go vet
	go vet ./...

staticcheck: bin/staticcheck ## staticcheck, from a module of its own
	./bin/staticcheck ./...

rules: ## the rules of docs/architecture.md
	go test ./internal/archtest

fuzz: ## every fuzz target for FUZZTIME each
	./tools/fuzz $(FUZZTIME)

generate: bin/sqlc ## write the generated files anew
	go generate ./...

verify: generate ## fail if a generated file was not up to date
	git diff --exit-code

clean: ## remove what was built
	rm -rf $(BINARY) bin

bin/%: tools/%/go.mod
	GOFLAGS= CGO_ENABLED=0 go build -C tools/$* -trimpath -o ../../$@ "$$(sed -n 's/^tool //p' $<)"
