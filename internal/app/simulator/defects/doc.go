// Package defects watches the watchers: it plants one defect at a time into a copy of the product and sees which checker catches
// it. A defect is a rule of the protocol, of the merge or of a client that is left out, as a person in a hurry might leave it out.
//
// A defect is a file of testdata/defects: the rule in one sentence, where it belongs, and the text of one source file that another
// text takes the place of. The compiler is given the changed file in the place of the real one (go build -overlay), so that the product
// carries no hooks for this. The checkers are the exhaustive and the random ones alone (properties, protocol, histories): an
// ordinary unit test that fails would say nothing about them.
//
// Start reading at Run; the form of the files is at Load. It refuses to know what the rules mean.
package defects
