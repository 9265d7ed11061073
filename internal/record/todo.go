package record

import "strings"

// The fields of a task. Those that mean the same as an event's have the same name.
const (
	TaskSubject Field = EventSubject
	// TaskDue is a date, yyyy-mm-dd, in the user's zone. RAYNET keeps a time of day with it, which is its own.
	TaskDue        Field = "due"
	TaskImportance Field = EventImportance
	// TaskDone is Yes or empty. Nothing else of either side's states crosses.
	TaskDone Field = "done"
	// TaskBody is the part of the description that people wrote themselves, as canonical text.
	TaskBody Field = EventBody
	// TaskCategories are RAYNET's tags and Outlook's categories: see Set.
	TaskCategories Field = ContactCategories
	// TaskCancelled is Yes or empty: RAYNET gave the task up. Outlook shows it as done, with a category that says so.
	TaskCancelled Field = EventCancelled
	// TaskClient is our marked block in the Outlook body: company and person that RAYNET names, one a line.
	TaskClient Field = EventClient
	// TaskReminder is when Outlook reminds, an instant in the form of InstantLayout; it is set at create and is the user's from then on.
	TaskReminder Field = "reminder"
	// TaskLink is where people open the RAYNET record; it is set at create.
	TaskLink Field = "link"
)

// TaskSchema returns the fields of a task in their order.
func TaskSchema() Schema {
	return Schema{Kind: Tasks, Contained: true, Assigned: true, Title: TaskSubject, Due: TaskDue, Cancels: TaskCancelled, Fields: []FieldSpec{
		{Name: TaskSubject, Flow: Both},
		{Name: TaskDue, Flow: Both},
		{Name: TaskImportance, Flow: Both},
		{Name: TaskDone, Flow: Both, Wins: Yes, With: TaskCancelled},
		{Name: TaskBody, Flow: Both, Redacts: true},
		{Name: TaskCategories, Flow: Both},
		{Name: TaskCancelled, Flow: ToOutlook},
		{Name: TaskClient, Flow: ToOutlook},
		{Name: TaskReminder, Flow: ToOutlook, Once: true},
		{Name: TaskLink, Flow: ToOutlook, Once: true},
	}}
}

// TaskNatural returns the text by which an equal task of the same user is recognised on the other side: "<due>|<subject in
// lower case>", none without a subject.
func TaskNatural(f Fields) []string {
	subject := strings.ToLower(string(Line(string(f[TaskSubject]))))
	if subject == "" {
		return nil
	}
	return []string{string(f[TaskDue]) + "|" + subject}
}
