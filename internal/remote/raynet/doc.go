// Package raynet is the client of RAYNET CRM and the mapping between its activities and persons and our canonical records.
//
// It knows RAYNET's paths, forms of time and text, limits and error texts (docs/remote-facts.md, R-..), and which field of
// ours is which of RAYNET's. It refuses to know Outlook, the database, and what is to be done about anything it reads:
// the engine decides.
//
// Start reading at Client. feed.go reads what changed, side.go and bulk.go read, find and write records, calendar.go is the
// mapping of events and compose.go its way back, person.go and person_compose.go those of contact persons, todo.go and
// todo_compose.go those of tasks. A further kind is a further row in mapping.go.
package raynet
