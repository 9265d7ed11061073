package outlook

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/remote"
)

// The evidence that the composer gives about the target of an update or removal, taken from the state that If-Match names.
// It is a header of the stored request and is not sent.
const (
	evidenceHeader = "X-Mail-Evidence"
	evidenceAlone  = "attendees=none"
)

// Classify reports whether a request could make Exchange mail somebody (G-92), and why. What it cannot prove harmless is
// mail-causing: an unknown call, an unreadable body, a target whose attendees nobody looked at.
func Classify(request remote.Request) (mails bool, why string) {
	if request.Method == http.MethodGet {
		return false, ""
	}
	path, _, _ := strings.Cut(request.Path, "?")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i, part := range parts {
		plain, err := url.PathUnescape(part)
		if err != nil || plain == "" || plain == "." || plain == ".." {
			return true, "the path is malformed"
		}
		parts[i] = strings.ToLower(plain) // Graph takes names in any letter case; ids are only counted
	}
	if len(parts) < 3 || parts[0] != "users" {
		return true, "the call is not known"
	}
	if isPhoto(request.Method, parts) { // its body is a picture
		return false, ""
	}
	if why := bodyMails(request.Body); why != "" {
		return true, why
	}
	switch parts[2] {
	case "contacts", "contactfolders", "todo":
		return false, ""
	case "events", "calendar", "calendars":
		return classifyEvent(request, eventTail(parts[2:]))
	}
	return true, "the call is not known"
}

// isPhoto reports whether a request sets or removes the picture of one contact. parts are in lower case.
func isPhoto(method string, parts []string) bool {
	under := parts[2:]
	if len(under) > 2 && under[0] == "contactfolders" {
		under = under[2:]
	}
	return (method == http.MethodPut || method == http.MethodDelete) && len(under) == 4 && under[0] == "contacts" && under[2] == "photo" && under[3] == "$value"
}

// eventTail returns what follows "events": nothing, an id, or an id and an action.
func eventTail(parts []string) []string {
	for i, part := range parts {
		if part == "events" && i <= 2 {
			return parts[i+1:]
		}
	}
	return []string{"", "", ""}
}

func classifyEvent(request remote.Request, tail []string) (mails bool, why string) {
	switch {
	case len(tail) == 0 && request.Method == http.MethodPost:
		if request.Body == "" {
			return true, "the body is missing"
		}
		return false, ""
	case len(tail) == 1 && (request.Method == http.MethodPatch || request.Method == http.MethodDelete):
		return unproven(request)
	case len(tail) == 2 && request.Method == http.MethodPost:
		return classifyAction(request, tail[1])
	}
	return true, "the call is not known"
}

func classifyAction(request remote.Request, action string) (mails bool, why string) {
	switch action {
	case "dismissreminder", "snoozereminder":
		return false, ""
	case "accept", "decline", "tentativelyaccept":
		if silent(request.Body) {
			return false, ""
		}
		return true, "an answer without SendResponse false is mailed to the organiser"
	case "permanentdelete":
		return unproven(request)
	case "cancel":
		return true, "a cancellation is mailed to the attendees"
	}
	return true, "the call is not known"
}

// provenAlone needs both the evidence and the If-Match that ties it to the state it was taken from: attendees added since
// then change the version.
func provenAlone(request remote.Request) bool {
	return request.Header[evidenceHeader] == evidenceAlone && request.Header["If-Match"] != "" && request.Header["If-Match"] != "*"
}

func unproven(request remote.Request) (mails bool, why string) {
	if provenAlone(request) {
		return false, ""
	}
	return true, "nothing proves that the event has no attendees"
}

// bodyMails returns why a body alone is reason enough, or nothing.
func bodyMails(body string) string {
	if body == "" {
		return ""
	}
	var content any
	if err := json.Unmarshal([]byte(body), &content); err != nil { // also for a name written twice
		return "the body cannot be read"
	}
	object, ok := content.(map[string]any)
	if !ok {
		return "the body cannot be read"
	}
	if names(object, "attendees") {
		return "the body names attendees"
	}
	return ""
}

// names reports whether any object inside v has the key, in any letter case.
func names(v any, key string) bool {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			bare, _, _ := strings.Cut(name, "@")
			if strings.EqualFold(bare, key) || names(inner, key) {
				return true
			}
		}
	case []any:
		for _, inner := range v {
			if names(inner, key) {
				return true
			}
		}
	}
	return false
}

// silent reports whether the answer to an invitation is kept to oneself.
func silent(body string) bool {
	var content map[string]jsontext.Value
	if json.Unmarshal([]byte(body), &content) != nil {
		return false
	}
	found := false
	for name, value := range content {
		if strings.EqualFold(name, "SendResponse") {
			if found || string(value) != "false" {
				return false
			}
			found = true
		}
	}
	return found
}

// clearKey marks a context whose request the firewall has judged (or which, a batch, holds nothing but reads). login.Do lets
// no other write out.
type clearKey struct{}

func letOut(ctx context.Context) context.Context { return context.WithValue(ctx, clearKey{}, true) }

func cleared(ctx context.Context) bool {
	ok, _ := ctx.Value(clearKey{}).(bool)
	return ok
}
