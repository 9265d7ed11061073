// Package archtest holds the rules of docs/architecture.md and of the house style as tests. Each rule says in its failure why
// it exists.
//
// It knows the source text and the import graph of this module, nothing of what the code does. Start reading at the table of
// layers in layers_test.go; the other rules are in purity_test.go, style_test.go, documents_test.go and fuzz_test.go.
package archtest
