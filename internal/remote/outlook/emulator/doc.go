// Package emulator is Microsoft Graph v1.0 and the Entra ID token endpoint as far as a synchronisation can see them:
// users, mailboxes, calendars, events with series and exceptions, contacts with their folders and photos, To Do with its
// lists and tasks, delta of each, $batch, permissions, throttling, and the accidents all of these are known for.
//
// It knows what the two services say and do on the wire (facts G-nn of docs/remote-facts.md). It refuses to know any
// client: items live as their own type and travel as plain JSON maps, so that a mistake in a client's structs can't
// be repeated here. It mails nobody: what would have been mailed is a list (Mails).
//
// Start at Server and New; a request goes serve.go -> access.go -> route.go -> the file of its resource. store.go is
// the mailbox, people.go, contacts_people.go and todo_people.go are what the mailbox's owner can do, faults.go is the
// list of named accidents.
package emulator
