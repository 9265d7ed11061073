package emulator

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// batch is the content of POST /$batch.
type batch struct {
	ids    []string
	parts  []*call
	serial bool
}

// maxParts is how many requests a batch may hold. // G-52
const maxParts = 20

// openBatch reads a batch's parts; for other calls it does nothing.
func (c *call) openBatch() *answer {
	if len(c.path) != 1 || c.path[0] != "$batch" {
		return nil
	}
	v, ok := decode(c.body)
	requests := list(v["requests"])
	if c.method != http.MethodPost || !ok || len(requests) == 0 {
		return badBatch("Invalid batch payload format.")
	}
	if len(requests) > maxParts {
		return badBatch("Number of requests inside batch exceed the limit.")
	}
	b := &batch{}
	depends := 0
	for i, r := range requests {
		request := object(r)
		id, on := text(request["id"]), list(request["dependsOn"])
		if id == "" || slices.Contains(b.ids, id) {
			return badBatch("Request ids need to be unique and not empty.")
		}
		if len(on) > 0 {
			depends++
			if len(on) != 1 || i == 0 || text(on[0]) != b.ids[i-1] {
				return badBatch("Batch should be either fully sequential or fully parallel.")
			}
		}
		part, bad := c.readPart(request)
		if bad != nil {
			return bad
		}
		b.ids, b.parts = append(b.ids, id), append(b.parts, part)
	}
	if depends != 0 && depends != len(requests)-1 {
		return badBatch("Batch should be either fully sequential or fully parallel.")
	}
	b.serial = depends != 0
	c.batch = b
	return nil
}

func badBatch(message string) *answer {
	a := problem(http.StatusBadRequest, "BadRequest", "%s", message)
	return &a
}

func (c *call) readPart(request map[string]any) (*call, *answer) {
	target := text(request["url"])
	path, query, _ := strings.Cut(strings.TrimPrefix(target, "/"), "?")
	part := &call{method: text(request["method"]), raw: query, header: http.Header{}, now: c.now, base: c.base, part: true}
	for name, value := range object(request["headers"]) {
		part.header.Set(name, text(value))
	}
	if !slices.Contains([]string{"GET", "POST", "PATCH", "PUT", "DELETE"}, part.method) || strings.Contains(target, "://") || strings.HasPrefix(path, "$batch") {
		return nil, badBatch("Invalid batch payload format.")
	}
	if request["body"] != nil {
		if !strings.HasPrefix(part.header.Get("Content-Type"), "application/json") {
			return nil, badBatch("Write request has a body but no Content-Type header in the batch item.")
		}
		part.body = encode(request["body"])
	}
	if _, err := url.ParseQuery(query); err != nil {
		return nil, badBatch("Invalid batch payload format.")
	}
	return part, part.target(path)
}

// rounds is how many times the service's latency a call takes.
func (c *call) rounds() int {
	switch {
	case c.batch == nil:
		return 1
	case c.batch.serial:
		return len(c.batch.parts)
	}
	return (len(c.batch.parts) + places - 1) / places
}

// batch runs the parts; those of a parallel batch come back in another order. // G-52
func (s *Server) batch(c *call) answer {
	if c.batch == nil {
		return noSegment("$batch")
	}
	responses := []any{}
	failed := false
	for i, part := range c.batch.parts {
		part.token = c.token
		a := problem(http.StatusFailedDependency, "FailedDependency", "The request failed because a request it depends on failed.")
		if !failed {
			a = s.run(part)
			if s.faults["batch-inner-429"] && i%3 == 1 {
				a = part.throttled("MailboxConcurrency").with("Retry-After", "1")
			}
		}
		failed = failed || c.batch.serial && a.failed()
		s.finish(part, &a)
		responses = append(responses, batchResponse(c.batch.ids[i], a))
	}
	if !c.batch.serial {
		slices.Reverse(responses)
	}
	return reply(http.StatusOK, map[string]any{"responses": responses})
}

func batchResponse(id string, a answer) map[string]any {
	headers := map[string]any{}
	for name, value := range a.header {
		headers[name] = value
	}
	out := map[string]any{"id": id, "status": a.status, "headers": headers}
	if a.media != nil { // bytes travel in JSON as base64
		headers["Content-Type"], out["body"] = a.media.kind, base64.StdEncoding.EncodeToString(a.media.data)
	}
	if a.body != nil {
		headers["Content-Type"] = "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8"
		out["body"] = a.body
	}
	return out
}
