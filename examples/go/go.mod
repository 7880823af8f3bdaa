module github.com/kei-agent/kei-agent/examples/go

go 1.24

require github.com/kei-agent/kei-agent/bindings/go v0.0.0

replace github.com/kei-agent/kei-agent/bindings/go => ../../bindings/go
