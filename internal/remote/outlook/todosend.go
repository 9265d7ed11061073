package outlook

import (
	"context"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// taskAnswer reads the task that a create or update returned. A task that repeats answers its completion with the next date,
// still open (G-126): that is a success, and the answer shows it as it is now.
func (c *Client) taskAnswer(_ context.Context, request remote.Request, response *wire.Response, doing string) (remote.Answer, error) {
	t, err := readTodo(response.Body)
	if err != nil {
		return remote.Answer{}, &remote.Error{Kind: remote.Unavailable, Side: record.Outlook, Doing: doing, Status: response.Status,
			Text: "the answer could not be read", Unknown: true, Err: err}
	}
	if t.Linked == nil {
		t.Linked = sentLinked(request)
	}
	one := c.task(taskScope(request), t, response.At)
	if !request.Ref.IsZero() {
		one.Ref = request.Ref
	}
	return remote.Answer{Ref: one.Ref, Snapshot: &one, Version: one.Version}, nil
}

// sentLinked returns what a request made the task point to.
func sentLinked(request remote.Request) []linkedResource {
	var sent struct {
		Linked []linkedResource `json:"linkedResources"`
	}
	if request.Body == "" || decode([]byte(request.Body), &sent) != nil {
		return nil
	}
	return sent.Linked
}

func taskScope(request remote.Request) remote.Scope {
	return remote.Scope{Kind: record.Tasks, Mailbox: request.Mailbox, Zone: request.Header[zoneHeader], Container: listOf(request.Path)}
}

// taskFailed says what the failure of a write means. A change of a task that is not found is left to the read that follows.
func (c *Client) taskFailed(ctx context.Context, request remote.Request, err error) error {
	if remote.KindOf(err) == remote.NotFound && request.Op != remote.Create {
		return err
	}
	return c.todoError(ctx, taskScope(request), err)
}

// removeTask deletes a task. To Do does not mind If-Match on a DELETE, so an empty change goes before it in the same request,
// which does, and without which the DELETE is not carried out (G-130).
func (c *Client) removeTask(ctx context.Context, request remote.Request, doing string) (remote.Answer, error) {
	gone := remote.Answer{Ref: request.Ref}
	var err error
	if request.Header["If-Match"] == "" {
		_, err = c.send(ctx, request, doing)
	} else {
		err = c.dropIfSame(ctx, request, doing)
	}
	if err == nil {
		return gone, nil
	}
	if !itemGone(asRemote(err)) {
		return remote.Answer{}, c.todoError(ctx, taskScope(request), err)
	}
	if err := c.listThere(ctx, taskScope(request), doing); err != nil && remote.KindOf(err) != remote.NoContainer {
		return remote.Answer{}, err
	}
	return gone, nil // alone, or together with its list
}

// dropIfSame sends the two parts. The firewall has judged the path that both of them name.
func (c *Client) dropIfSame(ctx context.Context, request remote.Request, doing string) error {
	body, err := json.Marshal(batchRequest{Requests: []batchCall{
		{ID: "1", Method: http.MethodPatch, URL: request.Path, Body: jsontext.Value("{}"), Headers: map[string]string{
			"Prefer": prefer, "If-Match": request.Header["If-Match"], "Content-Type": "application/json"}},
		{ID: "2", Method: http.MethodDelete, URL: request.Path, Headers: map[string]string{"Prefer": prefer}, DependsOn: []string{"1"}},
	}}, json.Deterministic(true))
	if err != nil {
		return err
	}
	response, err := c.wire.Do(letOut(ctx), wire.Call{
		Method: http.MethodPost, Path: "/$batch", Body: body, Header: map[string]string{"Prefer": prefer}, Key: request.Mailbox, Parts: 2, Doing: doing,
	})
	if err != nil {
		return err
	}
	unclear := &remote.Error{Kind: remote.Unavailable, Side: record.Outlook, Doing: doing, Status: response.Status,
		Text: "the answer could not be read", Unknown: true}
	var answer batchAnswer
	if err := decode(response.Body, &answer); err != nil {
		return unclear
	}
	outcome := map[string]*remote.Error{"1": unclear, "2": unclear}
	for _, one := range answer.Responses {
		outcome[one.ID] = nil
		if one.Status < 200 || one.Status > 299 {
			outcome[one.ID] = classifyPart(one.Status, one.Headers, one.Body, doing)
			outcome[one.ID].RetryAt = partRetryAt(one.Headers, response.At)
			outcome[one.ID].Unknown = one.ID == "2" && one.Status >= http.StatusInternalServerError
		}
	}
	for _, id := range []string{"1", "2"} {
		if failed := outcome[id]; failed != nil {
			return failed
		}
	}
	return nil
}
