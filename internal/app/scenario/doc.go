// Package scenario lives golden scenarios in prose: each file of testdata is a story that a person who does not program can
// read and judge. A story is lived with the real engine, store (SQLite), feeds and clients against both emulators, in the
// process and on a clock of its own, and every WANT must hold.
//
// It knows how everything is wired and what people can do in the two services. It refuses to know how the engine decides:
// its checks read the two services, the journal and what is remembered of a thing.
//
// # The form of a story
//
// One statement a line; a # begins a comment line; indented lines belong to the line above them (PLAN, WANT JOURNAL). The
// heading is STORY (one sentence), TABLE (a table of docs/semantics.md), any number of WHEN and THEN (its rows) and PROVES
// (invariants of the design). A line that nobody understands fails with its file and number.
//
// In the patterns below {who} is a PERSON, {side} is RAYNET or Outlook, {title} a text in quotes, {n} a number, {word}
// anything without a space, {date} 2026-10-22, {what} the rest of the line. A PERSON has a calendar; with contacts, with tasks or
// with everything that is synchronised too. What is said of a meeting is a list with commas:
//
//	"Title", on 2026-10-22 10:00-11:00, on 2026-10-22 23:00 to 2026-10-23 01:00, all day 2026-10-22 to 2026-10-23,
//	place "Brno", no place, text "Words", no text, an endless text, control characters, importance low|normal|high,
//	category "RAYNET", no category, private, personal, confidential, not private, cancelled, planned, unscheduled,
//	with Petr, without Petr, owner Petr, guest Petr, guest host@jinde.example.cz, no guests, organised outside,
//	weekly 4 times
//
// and, only in what is wanted: mentions "Words" (the text holds them), shown free (RAYNET: the company), not cancelled,
// a reminder, no reminder. Times are those of the person's zone.
//
// Of a contact, which is a person in RAYNET and is called by titles and names together, else by company or e-mail:
//
//	"First Last", first name "Petr", last name "Malý", title before "Ing.", title after "Ph.D.", company "Alfa", job "jednatel",
//	e-mail "a@b.cz", second e-mail "a@b.cz", mobile "777 111 222", work phone "5", second work phone "5", home phone "5",
//	second home phone "5", address "Dlouhá 1, Brno, 602 00", country "CZ", web "www.b.cz", birthday "1980-02-29", notes "Words",
//	tag "VIP" (RAYNET), category "VIP" (Outlook), owner Petr (RAYNET), third e-mail, nickname, shown as (all Outlook),
//	in "RAYNET" (the folder in Outlook; the default one is "Contacts")
//
// and, only in what is wanted: mentions "Words", office "Krátká 2, Brno, 602 00" (the company's address in Outlook), picture "its
// content". Of a company:
// "Name", phone "5", address "Krátká 2, Brno, 602 00", country "CZ". Of a task:
//
//	"Title", due 2026-10-22, due 2026-10-22 15:30 (RAYNET), done, open, cancelled (RAYNET), in progress, waiting, deferred (all
//	Outlook), importance, text, no text, tag "VIP" (RAYNET), category "VIP" (Outlook), company "Alfa", person "Petr Malý",
//	for Petr (the resolver), owner Petr (all RAYNET), repeats daily, in "RAYNET" (the list; the default one is "Tasks")
//
// and, only in what is wanted: mentions "Words", a link, reminder 2026-10-22 15:30, no reminder, personal. With no, a value is taken away: no
// company, no due. Several tags or categories are said one by one.
//
// SYNC polls, sweeps and runs everybody once; POLL leaves the sweep out; SETTLE repeats SYNC, six minutes apart, until nothing
// is written or open. A failure of a service fails the story unless it says WITH TROUBLE. What follows BREAK is a method or
// any, perhaps with "words of the body" or at "part of the path", what happens to it (loses its answer, never arrives, is cut
// short, is applied twice, is answered 429, lands 60 seconds late), and how often (once, 3 times, always); FAULT names an
// accident of an emulator.
//
// At the end of every story nobody was mailed (I6), nothing was deleted in RAYNET (I5), the log has no title (I7), and a complete
// look at both sides writes nothing (I1, I8), unless THE END IS OPEN.
//
// # Who there is, and how the product is configured
//
//	PERSON {who}
//	PERSON {who} with {word}
//	PERSON {who} in zone {word}
//	PERSON {who} in zone {word} with {word}
//	COMPANY {title}
//	COMPANY {title}: {what}
//	CONTACT {title} {word}
//	CONTACT {title} {word} of {title}
//	SETTING preset {word}
//	SETTING clashes: {what}
//	SETTING copies are kept
//	SETTING contacts: {what}
//	SETTING pictures are copied
//	SETTING the default contact folder is matched
//	RAYNET refuses external ids
//	RAYNET ignores external ids
//	PASS {n} {word}
//
// # What people do, and when the product runs
//
//	{who} makes a meeting in RAYNET: {what}
//	{who} makes an event in RAYNET: {what}
//	{who} makes a phone call in RAYNET: {what}
//	{who} makes an e-mail in RAYNET: {what}
//	{who} makes a task in RAYNET: {what}
//	{who} makes a person in RAYNET: {what}
//	{who} makes {n} meetings in RAYNET called {title}
//	{who} makes {n} tasks in RAYNET called {title}
//	{who} makes {n} persons in RAYNET called {title}
//	{who} makes {n} events in Outlook called {title}
//	{who} makes {n} tasks in Outlook called {title}
//	{who} makes {n} contacts in Outlook called {title}
//	{who} makes an event in Outlook: {what}
//	{who} makes a task in Outlook: {what}
//	{who} makes a contact in Outlook: {what}
//	{who} changes {title} in RAYNET: {what}
//	{who} changes {title} in Outlook: {what}
//	{who} changes {title} of {date} in Outlook: {what}
//	{who} deletes {title} in RAYNET
//	{who} archives {title} in RAYNET
//	{who} makes {title} valid again in RAYNET
//	{who} anonymises {title} in RAYNET
//	{who} gives {title} the picture {title} in RAYNET
//	{who} merges {title} into {title} in RAYNET
//	{who} deletes {title} in Outlook
//	{who} deletes {title} of {date} in Outlook
//	{who} deletes everything in Outlook called {title}
//	{who} changes everything in Outlook called {title}: {what}
//	{who} restores {title} in Outlook
//	{who} copies {title} in Outlook
//	{who} moves {title} to another calendar in Outlook
//	{who} moves {title} to {title} in Outlook
//	{who} makes the {word} {title} in Outlook
//	{who} renames the {word} {title} to {title} in Outlook
//	{who} deletes the {word} {title} in Outlook
//	{who} accepts {title} in Outlook
//	{who} declines {title} in Outlook
//	PLAN
//	SYNC
//	SYNC WITH TROUBLE
//	POLL
//	POLL WITH TROUBLE
//	SETTLE
//	LOOK AT EVERYTHING
//	LOOK AT EVERYTHING WITH TROUBLE
//
// # What goes wrong
//
//	FAULT {word}
//	HEALED {word}
//	BREAK RAYNET: {what}
//	BREAK Graph: {what}
//	ALL IS WELL
//	RAYNET hides {title}
//	RAYNET shows {title} again
//	RAYNET locks {title}
//	RAYNET unlocks {title}
//	TO DO REFUSES {who}
//	TO DO TAKES {who} AGAIN
//	THE RIGHTS IN RAYNET CHANGE
//	ANOTHER PROGRAM with our key changes {title} in RAYNET: {what}
//	THE PROCESS RESTARTS
//	THE DATABASE IS LOST
//	A BACKUP IS TAKEN
//	THE BACKUP IS BROUGHT BACK
//	THE ADMINISTRATOR LETS {who} GO ON
//
// # What a person decides
//
// An item of WANT REVIEW is who: what "title in RAYNET" "title in Outlook" (reason) what else is to be seen: the choices.
//
//	THE ADMINISTRATOR LOOKS
//	THE ADMINISTRATOR DECIDES about {title} of {who}: {what}
//	THE ADMINISTRATOR DECIDES, IF IT WAITS, about {title} of {who}: {what}
//	THE ADMINISTRATOR DECIDES about {who}: {what}
//	THE ADMINISTRATOR IS REFUSED ({word}) about {title} of {who}: {what}
//	THE ADMINISTRATOR IS REFUSED ({word}) about {who}: {what}
//	THE ADMINISTRATOR TAKES THAT BACK
//	THE ADMINISTRATOR PAUSES {who}
//	THE ADMINISTRATOR RESUMES {who}
//	WANT REVIEW
//	WANT REVIEW of hidden things
//	WANT DECIDED {word} by {who}
//
// # What must be so
//
//	WANT in RAYNET no {title}
//	WANT in RAYNET {n} activities
//	WANT in RAYNET {n} persons
//	WANT in RAYNET {n} tasks
//	WANT in RAYNET: {what}
//	WANT in Outlook of {who} no {title}
//	WANT in Outlook of {who} {n} events
//	WANT in Outlook of {who} {n} contacts
//	WANT in Outlook of {who} {n} tasks
//	WANT in Outlook of {who}: {what}
//	WANT date {date} of {title} of {who}: {what}
//	WANT {title} of {who} is {what}
//	WANT {title} of {who} waits: {what}
//	WANT {title} of {who} is left out: {what}
//	WANT JOURNAL
//	WANT MAILS none
//	WANT NOTHING WRITTEN
//	WANT REQUESTS to RAYNET {n}
//	WANT REQUESTS to Graph {n}
//	WANT at most {n} REQUESTS to RAYNET
//	WANT at most {n} REQUESTS to Graph
//	WANT TROUBLE {word}
//	WANT PAIR of {who} {word}
//	WANT PAIR of {who} {word} ({word})
//	WANT PAIR of {who} for {word} {word}
//	WANT PAIR of {who} for {word} {word} ({word})
//	WANT {title} NOWHERE in database and log
//	WANT {title} NOWHERE in RAYNET
//	WANT {title} NOWHERE in Outlook of {who}
//	WANT {title} NOWHERE in the journal
//	WANT IN THE JOURNAL {title}
//	THE END IS OPEN
//
// Start reading at Run; the statements are in setting.go, deed.go, trouble.go and want.go; what is said of contacts and
// tasks is in contact.go, contactoutlook.go and task.go. Kill (kill.go) kills the process at
// every step of its I/O. Semantics makes docs/semantics.md.
package scenario

//go:generate go run ./docgen
