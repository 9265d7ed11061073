package emulation

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/remote/chaos"
	outlookemu "raynetsync/internal/remote/outlook/emulator"
)

// maxBody is how long the body of a control request may be; longer than any text that a service takes.
const maxBody = 64 << 20

// Control answers the control endpoint: it reads and edits the world as the people in it would. Answers are the service's own
// JSON, or plain arrays for what no service has. Errors are {"error":{"code","message"}}; docs/emulators.md lists the paths.
func (w *World) Control() http.Handler {
	mux := http.NewServeMux()
	for pattern, answer := range map[string]func(*http.Request) (result, error){
		"GET /healthz":                  w.health,
		"GET /people":                   w.people,
		"GET /mails":                    w.mails,
		"GET /requests":                 w.listRequests,
		"DELETE /requests":              w.resetRequests,
		"GET /faults":                   w.listFaults,
		"PUT /faults/{name}":            w.putFault,
		"DELETE /faults/{name}":         w.deleteFault,
		"GET /{service}/{kind}":         w.onItems(reading),
		"POST /{service}/{kind}":        w.onItems(creating),
		"GET /{service}/{kind}/{id}":    w.onItems(showing),
		"PATCH /{service}/{kind}/{id}":  w.onItems(editing),
		"DELETE /{service}/{kind}/{id}": w.onItems(deleting),
		"/":                             unknownPath,
	} {
		mux.HandleFunc(pattern, func(out http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(out, r.Body, maxBody)
			done, err := answer(r)
			if err != nil {
				done = refusal(err)
			}
			done.write(out)
		})
	}
	return mux
}

// result is an answer; a nil body is an empty one.
type result struct {
	status int
	body   any
}

func ok(body any) (result, error) { return result{http.StatusOK, body}, nil }

func (a result) write(out http.ResponseWriter) {
	if a.body == nil {
		out.WriteHeader(a.status)
		return
	}
	data, err := json.Marshal(a.body, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		a.status, data = http.StatusInternalServerError, []byte(`{"error":{"code":"internal","message":"the answer can't be written as JSON"}}`)
	}
	out.Header().Set("Content-Type", "application/json; charset=utf-8")
	out.WriteHeader(a.status)
	_, _ = out.Write(append(data, '\n'))
}

// problem is an error whose status and code are known.
type problem struct {
	status  int
	code    string
	message string
}

func (p *problem) Error() string { return p.message }

func problemf(status int, code, format string, args ...any) *problem {
	return &problem{status, code, fmt.Sprintf(format, args...)}
}

// refusal turns an error into its answer. What the emulators refuse is the caller's mistake.
func refusal(err error) result {
	p, known := errors.AsType[*problem](err)
	switch {
	case known:
	case errors.Is(err, outlookemu.ErrUnknown):
		p = problemf(http.StatusNotFound, "not-found", "%v", err)
	case errors.Is(err, ErrFaultName):
		p = problemf(http.StatusNotFound, "unknown-fault", "%v", err)
	default:
		p = problemf(http.StatusBadRequest, "refused", "%v", err)
	}
	return result{p.status, map[string]any{"error": map[string]any{"code": p.code, "message": p.message}}}
}

func unknownPath(r *http.Request) (result, error) {
	return result{}, problemf(http.StatusNotFound, "unknown-path", "%s %s is not part of the control endpoint: there are /healthz, /people, "+
		"/mails, /requests, /faults, /faults/{name}, /raynet/{kind}, /outlook/{kind} and the last two with /{id}", r.Method, r.URL.Path)
}

func (w *World) health(*http.Request) (result, error) {
	return ok(map[string]any{"status": "ok"})
}

// person is a user of both services.
type person struct {
	Name    string `json:"name"`
	Mailbox string `json:"mailbox"`
	Login   string `json:"raynet_login"`
	ID      int64  `json:"raynet_person"`
}

func (w *World) people(*http.Request) (result, error) {
	out := []person{}
	for i, user := range w.Company.Users {
		out = append(out, person{Name: user.Name(), Mailbox: user.Email, Login: user.Email, ID: w.IDs.Users[i]})
	}
	return ok(out)
}

// mail is a mail that would have been sent.
type mail struct {
	At      time.Time `json:"at"`
	By      string    `json:"by"` // "app" or "person"
	Mailbox string    `json:"mailbox"`
	Kind    string    `json:"kind"`
	To      []string  `json:"to"`
	EventID string    `json:"event_id"`
	Subject string    `json:"subject"`
}

// mails lists what the application would have mailed; with ?by=person or ?by=all those of the people too.
func (w *World) mails(r *http.Request) (result, error) {
	by := r.URL.Query().Get("by")
	if !slices.Contains([]string{"", "app", "person", "all"}, by) {
		return result{}, problemf(http.StatusBadRequest, "bad-query", "by=%s: it is one of app, person, all", by)
	}
	if by == "" {
		by = "app"
	}
	address := map[string]string{}
	for _, user := range w.Outlook.Mailboxes() {
		address[textOf(user["id"])] = textOf(user["userPrincipalName"])
	}
	out := []mail{}
	for _, m := range w.Outlook.AllMails() {
		if by == "all" || by == m.By {
			out = append(out, mail{m.At, m.By, address[m.Mailbox], m.Kind, m.To, m.EventID, m.Subject})
		}
	}
	return ok(out)
}

func (w *World) listRequests(r *http.Request) (result, error) {
	since := 0
	if text := r.URL.Query().Get("since"); text != "" {
		var err error
		if since, err = strconv.Atoi(text); err != nil || since < 0 {
			return result{}, problemf(http.StatusBadRequest, "bad-query", "since=%s: it is the index of a request, a whole number from 0", text)
		}
	}
	return ok(w.Requests(since))
}

func (w *World) resetRequests(*http.Request) (result, error) {
	w.ResetRequests()
	return result{status: http.StatusNoContent}, nil
}

func (w *World) listFaults(*http.Request) (result, error) { return ok(w.Faults()) }

// putFault switches a fault of the catalogue on, or with a body sets a custom one.
func (w *World) putFault(r *http.Request) (result, error) {
	name := r.PathValue("name")
	data, err := readBody(r)
	if err != nil {
		return result{}, err
	}
	if strings.TrimSpace(string(data)) == "" {
		if err := w.Inject(name); err != nil {
			return result{}, err
		}
		return ok(w.faultNamed(name))
	}
	service, fault, err := readFault(data)
	if err != nil {
		return result{}, err
	}
	fault.Name = name
	if err := w.InjectCustom(service, fault); err != nil {
		return result{}, problemf(http.StatusBadRequest, "bad-fault", "%v", err)
	}
	return ok(w.faultNamed(name))
}

// readFault reads a custom fault: a chaos.Fault with the service beside its keys.
func readFault(data []byte) (Service, chaos.Fault, error) {
	bad := func(err error) error {
		return problemf(http.StatusBadRequest, "bad-fault", `%v; write for instance {"service":"graph","effect":"status","status":503,"method":"POST"}`, err)
	}
	var keys map[string]jsontext.Value
	if err := json.Unmarshal(data, &keys); err != nil {
		return "", chaos.Fault{}, bad(err)
	}
	var service Service
	if given := keys["service"]; given != nil {
		if err := json.Unmarshal(given, &service); err != nil {
			return "", chaos.Fault{}, bad(err)
		}
	}
	if !service.Valid() {
		return "", chaos.Fault{}, bad(fmt.Errorf("service %q is not one of raynet, graph, authority", service))
	}
	delete(keys, "service")
	rest, err := json.Marshal(keys)
	if err != nil {
		return "", chaos.Fault{}, bad(err)
	}
	var fault chaos.Fault
	if err := json.Unmarshal(rest, &fault); err != nil {
		return "", chaos.Fault{}, bad(err)
	}
	return service, fault, nil
}

func (w *World) faultNamed(name string) any {
	for _, f := range w.Faults() {
		if f.Name == name {
			return f
		}
	}
	return nil
}

func (w *World) deleteFault(r *http.Request) (result, error) {
	if err := w.Heal(r.PathValue("name")); err != nil {
		return result{}, err
	}
	return result{status: http.StatusNoContent}, nil
}

func readBody(r *http.Request) ([]byte, error) {
	data, err := io.ReadAll(r.Body)
	if err == nil {
		return data, nil
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, problemf(http.StatusRequestEntityTooLarge, "too-large", "the body is over %d bytes", maxBody)
	}
	return nil, problemf(http.StatusBadRequest, "bad-body", "the body could not be read: %v", err)
}

// readObject reads a body that is one JSON object.
func readObject(r *http.Request) (map[string]any, error) {
	data, err := readBody(r)
	if err != nil {
		return nil, err
	}
	var body map[string]any
	if err := json.Unmarshal(data, &body); err != nil {
		return nil, problemf(http.StatusBadRequest, "bad-json", "the body is not one JSON object: %v", err)
	}
	if body == nil {
		return nil, problemf(http.StatusBadRequest, "bad-json", "the body is null, it must be one JSON object")
	}
	return body, nil
}

// textOf reads a string out of a JSON value, "" if it is none.
func textOf(v any) string {
	text, _ := v.(string)
	return text
}
