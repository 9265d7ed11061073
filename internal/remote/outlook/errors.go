package outlook

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/go-json-experiment/json"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// codes is what an error answer said. Graph puts the useful code in the outer or in an inner object, in any letter case
// (G-76).
type codes struct {
	outer string   // as it came
	all   []string // lower case, outermost first
	text  string
	id    string // the request's id
}

// has reports whether one of the codes was told. The names are lower case.
func (c codes) has(names ...string) bool {
	return slices.ContainsFunc(c.all, func(code string) bool { return slices.Contains(names, code) })
}

// says reports whether the message holds the text, which is lower case. Messages decide only where Graph gives no code.
func (c codes) says(text string) bool { return strings.Contains(strings.ToLower(c.text), text) }

type errorBody struct {
	Code       string     `json:"code"`
	Message    string     `json:"message"`
	RequestID  string     `json:"request-id"`
	InnerError *errorBody `json:"innerError"`
	InnerLower *errorBody `json:"innererror"`
	Details    []struct {
		Code string `json:"code"`
	} `json:"details"`
}

// readCodes reads an error body; an empty or HTML one has no codes.
func readCodes(body []byte) codes {
	var answer struct {
		Error errorBody `json:"error"`
	}
	if len(body) == 0 || body[0] != '{' || json.Unmarshal(body, &answer, lenient()) != nil {
		return codes{}
	}
	told := codes{outer: answer.Error.Code, text: shorten(answer.Error.Message)}
	for level := &answer.Error; level != nil && len(told.all) < 16; {
		if level.Code != "" {
			told.all = append(told.all, strings.ToLower(level.Code))
		}
		for _, detail := range level.Details {
			told.all = append(told.all, strings.ToLower(detail.Code))
		}
		if level.RequestID != "" {
			told.id = level.RequestID
		}
		if level.InnerError == nil {
			level = level.InnerLower
		} else {
			level = level.InnerError
		}
	}
	return told
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

// classify is the reading of a failure for package wire.
func classify(response *wire.Response, cause error) *remote.Error {
	if response != nil {
		return classifyAnswer(response.Status, response.Header, response.Body)
	}
	if failed, ok := errors.AsType[*remote.Error](cause); ok {
		copied := *failed
		return &copied
	}
	return nil
}

// classifyAnswer reads any answer outside 2xx, a part of a batch included.
func classifyAnswer(status int, header http.Header, body []byte) *remote.Error {
	told := readCodes(body)
	failed := &remote.Error{Kind: kindOf(status, told), Side: record.Outlook, Status: status, Code: told.code(), Text: told.text, RequestID: told.id}
	if failed.RequestID == "" {
		failed.RequestID = header.Get("Request-Id")
	}
	return failed
}

// code returns the most telling code: the innermost of Outlook's own, else the outer one.
func (c codes) code() string {
	for _, general := range []string{"", "invalidrequest", "badrequest", "generalexception", "unknownerror", "activitylimitreached"} {
		if strings.EqualFold(c.outer, general) && len(c.all) > 1 {
			return c.all[len(c.all)-1]
		}
	}
	return c.outer
}

// kindOf is the error table (G-76). Codes come before the status: Graph uses several statuses for one matter.
func kindOf(status int, told codes) remote.ErrorKind {
	switch {
	case told.has("mailboxnotenabledforrestapi", "mailboxnotsupportedforrestapi", "errornonexistentmailbox", "errorinvaliduser"):
		return remote.NoMailbox // G-78
	case status == http.StatusNotFound && told.has("request_resourcenotfound"):
		return remote.NoMailbox
	case told.has("applicationthrottled", "activitylimitreached", "toomanyrequests") || status == http.StatusTooManyRequests:
		return remote.Throttled
	case status == http.StatusGone, told.has("syncstatenotfound", "syncstateinvalid", "resyncrequired"):
		return remote.CursorDead // G-86
	case status == http.StatusBadRequest && (told.says("badly formed token") || told.says("'deltatoken' not supported")):
		return remote.CursorDead
	case told.has("errorduplicatetransactionid"):
		return remote.Duplicate // G-90
	case status == http.StatusConflict, status == http.StatusPreconditionFailed,
		told.has("errorirresolvableconflict", "resourcemodified", "errorchangekeyrequired"):
		return remote.Conflict // G-89
	case told.has("errorquotaexceeded", "quotalimitreached"):
		return remote.Forbidden
	case status == http.StatusInternalServerError && told.has("errorcorruptdata"):
		return remote.Invalid
	case status == http.StatusNotFound && len(told.all) == 0:
		return remote.Unavailable // G-77: an empty 404 is a passing fault
	case status == http.StatusBadRequest && told.says("io error during request payload read"):
		return remote.Unavailable
	}
	return wire.KindOfStatus(status)
}

// itemGone reports whether the answer says that the item does not exist, rather than that the mailbox or the login is in
// trouble.
func itemGone(failed *remote.Error) bool {
	return failed.Kind == remote.NotFound || (failed.Kind == remote.CursorDead && failed.Status == http.StatusGone)
}

// wholeScope reports whether the failure concerns the mailbox or the connection, not one item.
func wholeScope(failed *remote.Error) bool {
	switch failed.Kind {
	case remote.Unauthorized, remote.Forbidden, remote.NoMailbox, remote.NoContainer, remote.Throttled:
		return true
	case remote.Unavailable:
		return failed.Status == 0
	case remote.NotFound, remote.Conflict, remote.Duplicate, remote.Invalid, remote.Locked, remote.CursorDead, remote.Mailing:
		return false
	}
	return false
}

// asRemote returns the *remote.Error in err's chain, or wraps err as one that says nothing about the service.
func asRemote(err error) *remote.Error {
	if failed, ok := errors.AsType[*remote.Error](err); ok {
		return failed
	}
	return &remote.Error{Kind: remote.Unavailable, Side: record.Outlook, Err: err}
}

var (
	aadstsCode = regexp.MustCompile(`AADSTS(\d+)`)
	traceID    = regexp.MustCompile(`Trace ID: ([0-9A-Za-z-]+)`)
)

// tokenError reads the refusal of a token (G-71). Codes only word the help text, so the kinds are few: login refused, come
// again later, or not reached.
func tokenError(err error) *remote.Error {
	if failed, ok := errors.AsType[*remote.Error](err); ok {
		copied := *failed
		return &copied
	}
	refused, ok := errors.AsType[*azidentity.AuthenticationFailedError](err)
	if !ok || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &remote.Error{Kind: remote.Unavailable, Side: record.Outlook, Text: "the login service could not be reached", Err: err}
	}
	failed := &remote.Error{Kind: remote.Unavailable, Side: record.Outlook, Text: "the login service could not be reached", Err: err}
	if refused.RawResponse == nil {
		if match := aadstsCode.FindString(refused.Error()); match != "" {
			failed.Kind, failed.Code, failed.Text = remote.Unauthorized, match, ""
		}
		return failed
	}
	var answer struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Codes       []int  `json:"error_codes"`
		Trace       string `json:"trace_id"`
	}
	body, readErr := runtime.Payload(refused.RawResponse)
	if readErr == nil {
		_ = json.Unmarshal(body, &answer, lenient()) // an unreadable body leaves only the status
	}
	failed.Status, failed.RequestID = refused.RawResponse.StatusCode, answer.Trace
	failed.Text, _, _ = strings.Cut(shorten(answer.Description), " Trace ID:")
	if match := aadstsCode.FindString(answer.Description); match != "" {
		failed.Code = match
	} else if len(answer.Codes) > 0 {
		failed.Code = "AADSTS" + strconv.Itoa(answer.Codes[0])
	}
	if match := traceID.FindStringSubmatch(answer.Description); failed.RequestID == "" && match != nil {
		failed.RequestID = match[1]
	}
	failed.Kind = tokenKind(failed.Status, failed.Code, answer.Error)
	return failed
}

// tokenKind tells passing refusals from lasting ones.
func tokenKind(status int, code, word string) remote.ErrorKind {
	switch strings.TrimPrefix(code, "AADSTS") {
	case "90055", "50196":
		return remote.Throttled
	case "90033", "90006", "90012", "90024", "50033":
		return remote.Unavailable
	}
	switch {
	case status == http.StatusTooManyRequests:
		return remote.Throttled
	case status >= http.StatusInternalServerError, word == "temporarily_unavailable":
		return remote.Unavailable
	}
	return remote.Unauthorized
}
