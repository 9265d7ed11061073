// Package emulator is a RAYNET CRM that runs in the process: an http.Handler for the paths below /api/v2/, and the same
// records as the people see them who work in the CRM's own screens.
//
// It knows RAYNET's behaviour as docs/remote-facts.md tells it (R-..), contradictions included: where sources disagree,
// Options has a switch and the default is what hurts a client more. It refuses to know any client: it shares no type
// with one, and its bodies are plain JSON objects. Faults of the network are internal/remote/chaos.
//
// Start with Options and New; then Server.ServeHTTP (one request), write.go (what a write does), list.go (what a list
// shows), person.go and company.go, people.go (what the people do), fault.go (what goes wrong on purpose).
package emulator
