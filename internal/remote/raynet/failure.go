package raynet

import (
	"bytes"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// complaint is the body of an error. message is technical and stable; translatedMessage is for people, in the API user's
// language, and never matched on.
type complaint struct {
	Type       string `json:"type"`
	Message    string `json:"message"`
	Translated string `json:"translatedMessage"`
}

// CodeForeign is the code of an error whose answer did not come from RAYNET's API: a web page, a proxy's login.
const CodeForeign = "ForeignAnswer"

const foreignText = "a page instead of RAYNET's own answer: check the address"

// classify reads an error answer of RAYNET. Business errors come as 500: they prove that the write was refused.
func (c *Client) classify(response *wire.Response, err error) *remote.Error {
	if response == nil {
		if errors.Is(err, wire.ErrNotJSON) {
			return &remote.Error{Kind: remote.Unavailable, Code: CodeForeign, Text: foreignText, Err: err}
		}
		return nil
	}
	c.note(response)
	var body complaint
	_ = json.Unmarshal(response.Body, &body, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true),
		json.MatchCaseInsensitiveNames(true))
	failed := &remote.Error{Kind: wire.KindOfStatus(response.Status), Code: code(body), Text: shorten(body.Translated)}
	switch {
	case response.Status == http.StatusTooManyRequests || body.Type == quotaType:
		c.throttled(failed, response, body)
	case response.Status == http.StatusNotFound && bytes.HasPrefix(bytes.TrimSpace(response.Body), []byte("<")):
		failed.Kind, failed.Code, failed.Text = remote.Unavailable, CodeForeign, foreignText
	case response.Status == http.StatusInternalServerError:
		failed.Kind = business(body.Message)
	}
	return failed
}

// quotaType tells the daily quota from too many connections.
const quotaType = "RequestLimitReached"

func (c *Client) throttled(failed *remote.Error, response *wire.Response, body complaint) {
	failed.Kind = remote.Throttled
	budget := c.Budget()
	if body.Type == quotaType || (response.Header.Get("X-Ratelimit-Remaining") == "0") {
		failed.Code = quotaType
		failed.RetryAt = c.local(budget.Reset)
		return
	}
	if response.Header.Get("Retry-After") == "" && response.Header.Get("Retry-After-Ms") == "" {
		failed.RetryAt = response.At.Add(2 * time.Second)
	}
}

// business returns the kind of a 500. One without a known message is a breakdown: the outcome of a write is open.
func business(message string) remote.ErrorKind {
	lower := strings.ToLower(message)
	switch {
	case strings.Contains(lower, "duplicatekey"):
		return remote.Duplicate
	case strings.Contains(lower, "locked"):
		return remote.Locked
	case strings.HasPrefix(message, "AttributeAccessDenied"), strings.HasPrefix(message, "AccessDenied"):
		return remote.Forbidden
	case strings.HasPrefix(message, "TranslatedApplicationException"), strings.HasPrefix(message, "IllegalArgument"):
		return remote.Invalid
	}
	return remote.Unavailable
}

var (
	reasonPattern = regexp.MustCompile(`exception\.[A-Za-z0-9_.]+`)
	classPattern  = regexp.MustCompile(`^[A-Za-z]+Exception\b`)
)

// code returns the stable part of a complaint. Other messages are texts in somebody's language.
func code(body complaint) string {
	for _, pattern := range []*regexp.Regexp{reasonPattern, classPattern} {
		if found := pattern.FindString(body.Message); found != "" {
			return found
		}
	}
	return body.Type
}

func shorten(text string) string { return record.Truncate(string(record.Line(text)), 200) }

// fault returns an error of our own about one call.
func fault(kind remote.ErrorKind, doing, text string) *remote.Error {
	return &remote.Error{Kind: kind, Side: record.Raynet, Doing: doing, Text: text}
}
