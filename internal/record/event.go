package record

// The fields of a calendar event.
const (
	// EventSubject is one line of text.
	EventSubject Field = "subject"
	// EventTime is a Span in text form: two instants or two dates, always both ends together, so that two people who move
	// one end each can never make an event that ends before it begins.
	EventTime Field = "time"
	// EventPlace is one line of text.
	EventPlace Field = "place"
	// EventBody is the part of the description that people wrote themselves, as canonical text (see Text): neither our own
	// marked block nor an online-meeting block is part of it.
	EventBody Field = "body"
	// EventImportance is one of the Importance values.
	EventImportance Field = "importance"
	// EventCancelled is Yes or empty.
	EventCancelled Field = "cancelled"
	// EventCategory is the name of the RAYNET category; it is shown in Outlook as a second category.
	EventCategory Field = "category"
	// EventClient is our marked block in the Outlook body: company, participants and the address of the RAYNET record,
	// one per line, as RAYNET shows them.
	EventClient Field = "client"
	// EventGuests are the attendees of the Outlook meeting without the mailbox's own user: one per line, "address name", the
	// address in lower case, sorted. RAYNET's client makes participants of those it knows and a marked block in the
	// description of the rest.
	EventGuests Field = "guests"
)

// Yes is the canonical form of a true flag; a false one is the empty Value.
const Yes Value = "yes"

// The canonical importance values. Normal is also what an absent importance means.
const (
	ImportanceLow    Value = "low"
	ImportanceNormal Value = "normal"
	ImportanceHigh   Value = "high"
)

// EventSchema returns the fields of a calendar event in their order.
func EventSchema() Schema {
	return Schema{Kind: Calendar, Title: EventSubject, Cancels: EventCancelled, Fields: []FieldSpec{
		{Name: EventSubject, Flow: Both},
		{Name: EventTime, Flow: Both},
		{Name: EventPlace, Flow: Both, Redacts: true},
		{Name: EventBody, Flow: Both, Redacts: true},
		{Name: EventImportance, Flow: Both},
		{Name: EventCancelled, Flow: Both},
		{Name: EventCategory, Flow: ToOutlook},
		{Name: EventClient, Flow: ToOutlook},
		{Name: EventGuests, Flow: ToRaynet, Redacts: true, Organisers: true},
	}}
}
