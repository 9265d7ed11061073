package emulator

import "net/http"

// reply is an answer; a nil body is an empty one.
type reply struct {
	status int
	body   any
}

// refusal is an error answer of the service.
type refusal struct {
	status int
	body   map[string]any
}

// Error tells the refusal in the service's own words.
func (r *refusal) Error() string {
	message, _ := r.body["message"].(string)
	return http.StatusText(r.status) + ": " + message
}

func refuse(status int, message string) *refusal {
	return &refusal{status: status, body: map[string]any{"message": message}}
}

// badInput is the unhelpful answer to wrong data.
func badInput() *refusal { return refuse(http.StatusBadRequest, "Chyba vstupních dat") }

func notFound() *refusal {
	return refuse(http.StatusNotFound, "Požadovaný zdroj nebyl nalezen")
}

// business is a refusal by rules or rights, which RAYNET answers with 500.
func business(message, translated string) *refusal {
	body := map[string]any{"message": message}
	if translated != "" {
		body["translatedMessage"] = translated
	}
	return &refusal{status: http.StatusInternalServerError, body: body}
}

func unsupportedFilter(name string) *refusal {
	return refuse(http.StatusBadRequest, "Unsupported filter column "+name)
}
