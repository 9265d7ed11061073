// Package wire is the HTTP that both clients share: one call goes in, one complete answer or one typed error comes out.
//
// It knows when a request may be repeated and how long to wait before that, how many may be in flight per mailbox or
// instance, where credentials may be sent, how large an answer may be, and which failures leave it open whether a write
// was carried out. It refuses to know what either service means by its paths, bodies and codes: Options.Classify reads
// those.
//
// Neither errors nor logs hold a query string, a header value or a body.
//
// Start reading at Wire.Do; retry.go decides about repeats, exchange.go is one try, pages.go reads lists.
package wire
