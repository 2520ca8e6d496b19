# Shorthands for developers. Nothing here is needed to build, run or test: `go run .` and `go test ./...` do.
.PHONY: run test generate lint ci
run:
	go run .
test:
	go test ./...
generate: # after a change of a .templ file
	go tool templ generate -path views
lint:
	go tool -modfile=.ci/tools/go.mod golangci-lint run ./...
ci:
	.ci/run
