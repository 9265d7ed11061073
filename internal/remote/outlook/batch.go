package outlook

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// batchParts is how many reads fit into one request (G-88).
const batchParts = 20

// part is the outcome of one read of several.
type part struct {
	body []byte
	at   time.Time
	err  *remote.Error
}

type batchRequest struct {
	Requests []batchCall `json:"requests"`
}

type batchCall struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    jsontext.Value    `json:"body,omitzero"`
	// DependsOn names the part that must have succeeded before.
	DependsOn []string `json:"dependsOn,omitzero"`
}

type batchAnswer struct {
	Responses []struct {
		ID      string            `json:"id"`
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    jsontext.Value    `json:"body"`
	} `json:"responses"`
}

// many makes reads of one mailbox as parts does. That something is not there is believed of a mailbox only whose calendar answers.
func (c *Client) many(ctx context.Context, mailbox string, paths []string, doing string) ([]part, error) {
	out, err := c.manyBy(ctx, batchParts, mailbox, paths, doing)
	if err != nil {
		return nil, err
	}
	for _, p := range out {
		if p.err != nil && itemGone(p.err) && !ofItem(p.err) {
			return out, c.mailboxThere(ctx, mailbox, doing)
		}
	}
	return out, nil
}

// parts is manyBy with as many reads to a request as a batch takes.
func (c *Client) parts(ctx context.Context, mailbox string, paths []string, doing string) ([]part, error) {
	return c.manyBy(ctx, batchParts, mailbox, paths, doing)
}

// manyBy makes reads of one mailbox, at most size to a request. The outcomes come in the order of paths; the error is one of the
// whole scope. Each part is throttled by itself (G-88), so parts that failed in passing are made again alone.
func (c *Client) manyBy(ctx context.Context, size int, mailbox string, paths []string, doing string) ([]part, error) {
	out := make([]part, len(paths))
	for start := 0; start < len(paths); start += size {
		end := min(start+size, len(paths))
		if end-start == 1 {
			out[start] = c.alone(ctx, mailbox, paths[start], doing)
		} else if err := c.batch(ctx, mailbox, paths[start:end], out[start:end], doing); err != nil {
			return nil, err
		}
		for _, p := range out[start:end] {
			if p.err != nil && wholeScope(p.err) {
				return nil, p.err
			}
		}
	}
	return out, nil
}

// ofItem reports whether the code names an item. A mailbox that lost its licence answers 404 as well, in some data centres
// without saying so (G-78), and must not look like a calendar that its user emptied.
func ofItem(failed *remote.Error) bool {
	return strings.EqualFold(failed.Code, "ErrorItemNotFound") || strings.EqualFold(failed.Code, "itemNotFound")
}

// mailboxThere returns nil if the mailbox has a calendar.
func (c *Client) mailboxThere(ctx context.Context, mailbox, doing string) error {
	_, err := c.get(ctx, mailbox, "/users/"+segment(mailbox)+"/calendar?$select=id", doing)
	if err == nil {
		return nil
	}
	failed := *asRemote(err)
	if failed.Kind == remote.NotFound {
		failed.Kind = remote.NoMailbox
	}
	return &failed
}

// alone makes one read.
func (c *Client) alone(ctx context.Context, mailbox, path, doing string) part {
	response, err := c.get(ctx, mailbox, path, doing)
	if err != nil {
		return part{err: asRemote(err), at: c.config.Now()}
	}
	return part{body: response.Body, at: response.At}
}

// batch makes up to twenty reads in one request, which counts as four in flight (G-88).
func (c *Client) batch(ctx context.Context, mailbox string, paths []string, out []part, doing string) error {
	request := batchRequest{}
	for i, path := range paths {
		request.Requests = append(request.Requests, batchCall{
			ID: strconv.Itoa(i + 1), Method: http.MethodGet, URL: path, Headers: map[string]string{"Prefer": prefer},
		})
	}
	body, err := json.Marshal(request, json.Deterministic(true))
	if err != nil {
		return err
	}
	response, err := c.wire.Do(letOut(ctx), wire.Call{
		Method: http.MethodPost, Path: "/$batch", Body: body, Header: map[string]string{"Prefer": prefer},
		Key: mailbox, Weight: perMailbox, Parts: len(request.Requests), Reads: true, Doing: doing,
	})
	if err != nil {
		return asRemote(err)
	}
	var answer batchAnswer
	if err := decode(response.Body, &answer); err != nil {
		return unreadable(doing, err)
	}
	answered := make([]bool, len(paths))
	for _, one := range answer.Responses {
		i, err := strconv.Atoi(one.ID)
		if err != nil || i < 1 || i > len(paths) || answered[i-1] {
			return unreadable(doing, err)
		}
		answered[i-1] = true
		out[i-1] = part{body: one.Body, at: response.At}
		if one.Status < 200 || one.Status > 299 {
			out[i-1].err = classifyPart(one.Status, one.Headers, one.Body, doing)
			out[i-1].err.RetryAt = partRetryAt(one.Headers, response.At)
		}
	}
	for i, ok := range answered {
		if !ok {
			out[i].err = &remote.Error{Kind: remote.Unavailable, Side: record.Outlook, Doing: doing, Text: "the batch did not answer this part"}
		}
	}
	return c.again(ctx, mailbox, paths, out, doing)
}

// partRetryAt returns when a part may be made again, zero if it does not say.
func partRetryAt(headers map[string]string, at time.Time) time.Time {
	seconds, err := strconv.ParseFloat(header(headers, "Retry-After"), 64)
	if err != nil || !(seconds >= 0 && seconds < 86400) { // also NaN
		return time.Time{}
	}
	return at.Add(time.Duration(seconds * float64(time.Second)))
}

// header finds a part's header in any letter case.
func header(headers map[string]string, name string) string {
	for key, value := range headers {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

func classifyPart(status int, headers map[string]string, body []byte, doing string) *remote.Error {
	header := http.Header{}
	for name, value := range headers {
		header.Set(name, value)
	}
	failed := classifyAnswer(status, header, body)
	failed.Doing = doing
	return failed
}

// longestPause is how long a throttled part is waited for while a slot is not held. Who must wait longer is told so.
const longestPause = 10 * time.Second

// again makes the parts that failed in passing once more, one by one, after the longest pause that any of them asked for.
func (c *Client) again(ctx context.Context, mailbox string, paths []string, out []part, doing string) error {
	var pause time.Duration
	for _, p := range out {
		if p.err == nil || p.err.RetryAt.IsZero() {
			continue
		}
		pause = max(pause, p.err.RetryAt.Sub(p.at))
		if pause > longestPause || c.config.Retries < 0 {
			return p.err
		}
	}
	if err := wait(ctx, pause); err != nil {
		return asRemote(err)
	}
	for i := range out {
		if out[i].err == nil || (out[i].err.Kind != remote.Throttled && out[i].err.Kind != remote.Unavailable) {
			continue
		}
		out[i] = c.alone(ctx, mailbox, paths[i], doing)
		if out[i].err != nil && wholeScope(out[i].err) {
			return out[i].err
		}
	}
	return nil
}

func wait(ctx context.Context, pause time.Duration) error {
	if pause <= 0 {
		return nil
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
