module github.com/kei-agent/kei-agent/bindings/go

go 1.24
