package record

import "strings"

// EventNatural returns the text by which an equal event of the same user is recognised on the other side:
// "<time>|<subject in lower case>". There is none, so it matches nothing, when the subject or the time is empty.
func EventNatural(f Fields) []string {
	subject := strings.ToLower(string(Line(string(f[EventSubject]))))
	when := string(f[EventTime])
	if subject == "" || when == "" {
		return nil
	}
	return []string{when + "|" + subject}
}
