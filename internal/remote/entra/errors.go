package entra

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// The codes that Graph refuses with.
const (
	codeNoApplication = "NoBackingApplicationObject" // G-157
	codeNotFound      = "Request_ResourceNotFound"
	codeTaken         = "Request_MultipleObjectsWithSameKeyValue"
	codeLifetime      = "CredentialInvalidLifetimeAsPerAppPolicy" // G-155
	codeForbidden     = "CredentialTypeNotAllowedAsPerAppPolicy"
)

// Replicating reports whether a call failed because what was just made is not known everywhere yet (G-157). The same answer
// comes for what does not exist at all.
func Replicating(err error) bool { return codeIs(err, codeNoApplication, codeNotFound) }

// TooLong reports whether a policy of the tenant caps the life of secrets or certificates below what was asked for (G-155).
func TooLong(err error) bool { return codeIs(err, codeLifetime) }

// NotAllowed reports whether a policy of the tenant forbids this kind of credential (G-155).
func NotAllowed(err error) bool { return codeIs(err, codeForbidden) }

func codeIs(err error, codes ...string) bool {
	failed, ok := errors.AsType[*remote.Error](err)
	return ok && slices.ContainsFunc(codes, func(code string) bool { return strings.EqualFold(code, failed.Code) })
}

// alreadyThere reports whether a create failed because it was done before (G-153).
func alreadyThere(err error) bool {
	failed, ok := errors.AsType[*remote.Error](err)
	return ok && (strings.EqualFold(failed.Code, codeTaken) || failed.Status == http.StatusConflict ||
		failed.Status == http.StatusBadRequest && strings.Contains(strings.ToLower(failed.Text), "already exists"))
}

// shorten keeps a message to one line of a length that fits into a log.
func shorten(text string) string {
	const limit = 300
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return text
}

// classifyGraph reads a refusal of Graph: the code is that of the details, if there is one, since the outer one is general.
func classifyGraph(response *wire.Response, cause error) *remote.Error {
	if response == nil {
		return ownError(cause)
	}
	var told struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Details []struct {
				Code string `json:"code"`
			} `json:"details"`
			Inner struct {
				ID string `json:"request-id"`
			} `json:"innerError"`
		} `json:"error"`
	}
	_ = json.Unmarshal(response.Body, &told, jsontext.AllowInvalidUTF8(true)) // an unreadable body leaves only the status
	failed := &remote.Error{Kind: wire.KindOfStatus(response.Status), Code: told.Error.Code, Text: shorten(told.Error.Message), RequestID: told.Error.Inner.ID}
	for _, detail := range told.Error.Details {
		if detail.Code == codeNoApplication {
			failed.Code = detail.Code
		}
	}
	return failed
}

var aadstsCode = regexp.MustCompile(`AADSTS\d+`)

// classifyLogin reads a refusal of the login service: the words of the device code as they are, else the AADSTS code (G-71).
func classifyLogin(response *wire.Response, cause error) *remote.Error {
	if response == nil {
		return ownError(cause)
	}
	var told struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Trace       string `json:"trace_id"`
	}
	_ = json.Unmarshal(response.Body, &told, jsontext.AllowInvalidUTF8(true))
	failed := &remote.Error{Kind: remote.Unauthorized, Code: told.Error, RequestID: told.Trace}
	failed.Text, _, _ = strings.Cut(shorten(told.Description), " Trace ID:")
	switch {
	case response.Status == http.StatusTooManyRequests:
		failed.Kind = remote.Throttled
	case response.Status >= http.StatusInternalServerError || response.Status < 400 || told.Error == "temporarily_unavailable":
		failed.Kind = remote.Unavailable
	}
	words := []string{"authorization_pending", "slow_down", "authorization_declined", "access_denied", "expired_token", "bad_verification_code"}
	if code := aadstsCode.FindString(told.Description); code != "" && !slices.Contains(words, told.Error) {
		failed.Code = code
	}
	return failed
}

// ownError keeps an error of our own; nil leaves the reading to package wire.
func ownError(cause error) *remote.Error {
	if failed, ok := errors.AsType[*remote.Error](cause); ok {
		copied := *failed
		return &copied
	}
	return nil
}
