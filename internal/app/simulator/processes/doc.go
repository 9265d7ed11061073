// Package processes proves the program as it is released: the binary runs as a process of its own on real sockets, a broken
// network between it and both services, and is killed again and again while people go on working. Two of them meet on one
// database, one of which had been frozen. In the end it is looked at from the outside whether anything that must never happen
// has happened.
//
// It knows the program's command line, its settings, its pages that need no sign-in, and both emulators, which run in this
// process so that what was written can be read back. It refuses to know anything inside of the program: no engine, no store.
// Its checkers are pure: they look at evidence, whoever gathered it.
//
// Start reading at Run; what people do is in people.go, what must hold in check.go, what must not be read anywhere in leak.go.
package processes
