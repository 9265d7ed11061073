// Package outlook is the client of Microsoft Graph: it reads and writes the mailboxes' calendars and contacts in the words of
// package remote.
//
// It knows Graph's paths, names, codes and oddities, how an event becomes canonical fields and back (snapshot.go, compose.go),
// how a series becomes single occurrences (series.go), how a contact becomes fields and back (contact.go, contactwrite.go), and
// which requests would make Exchange mail somebody (firewall.go). It refuses to know the other service, the store, and what ought
// to be written: it reads what there is and sends what it is told to.
//
// Start reading at Client; Begin and Continue (delta.go) are the feed, Read, Find, Compose and Send are engine.Side. Facts
// about Graph are cited as G-nn and told in docs/remote-facts.md.
package outlook
