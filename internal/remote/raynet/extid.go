package raynet

import (
	"context"
	"slices"
	"strings"
	"sync"

	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// learned is what is known about external ids on create: each instance must be asked by doing it.
type learned struct {
	mu       sync.Mutex
	known    bool            // guarded by mu
	accepted bool            // guarded by mu
	suspects map[string]bool // guarded by mu; keys with which a create was refused: until it is known why, creates go without
}

// ExtID tells whether the instance takes an external id on create; known is false until the first create was read back.
func (c *Client) ExtID() (accepted, known bool) {
	c.extID.mu.Lock()
	defer c.extID.mu.Unlock()
	return c.extID.accepted, c.extID.known
}

// inline reports whether a create should carry its key, rather than get it by a second call.
func (l *learned) inline() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known {
		return l.accepted
	}
	return len(l.suspects) == 0
}

// refused takes note of a refused create: with a key the key may be to blame. The same without it tells that it was not; another one
// without it tells nothing, or one record that RAYNET never takes would have everybody's creates refused for ever.
func (l *learned) refused(request remote.Request, err error) {
	if remote.KindOf(err) != remote.Invalid || remote.IsUnknown(err) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.known:
	case !carriesKey(request):
		delete(l.suspects, request.Key)
	case l.suspects == nil:
		l.suspects = map[string]bool{request.Key: true}
	default:
		l.suspects[request.Key] = true
	}
}

// taken takes note of a create that succeeded without its key: if it was refused with it, the key is to blame.
func (l *learned) taken(key string) {
	l.mu.Lock()
	suspect := l.suspects[key]
	l.mu.Unlock()
	if suspect {
		l.set(false)
	}
}

func (l *learned) set(accepted bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known, l.accepted, l.suspects = true, accepted, nil
}

func carriesKey(request remote.Request) bool {
	return request.Key != "" && strings.Contains(request.Body, `"extId":`)
}

// learn reads the first create back. An instance that dropped the key gets it by the second call at once, and so does every other
// create that was composed before we knew; later ones are composed with that call.
func (c *Client) learn(ctx context.Context, request remote.Request, ref remote.Ref) {
	accepted, known := c.ExtID()
	switch carries := carriesKey(request); {
	case request.Key == "" || known && (accepted || !carries):
		return
	case known:
		c.mark(ctx, request, ref)
		return
	case !carries:
		c.extID.taken(request.Key)
		return
	}
	response, err := c.get(ctx, "read "+ref.Type+" "+ref.ID, ref.Type+"/"+ref.ID+"/", isoDates())
	if err != nil {
		return
	}
	data, err := one("read back a create", response.Body)
	if err != nil {
		return
	}
	seen, err := c.sight(data, ref.Type, response.At)
	if err != nil || seen.thing == nil {
		return
	}
	if slices.Contains(seen.thing.keys(), request.Key) {
		c.extID.set(true)
		return
	}
	c.extID.set(false)
	c.mark(ctx, request, ref)
}

// mark gives a record that was just made its key, by the second call.
func (c *Client) mark(ctx context.Context, request remote.Request, ref remote.Ref) {
	second := extIDRequest(remote.Request{Side: request.Side, Kind: request.Kind, Mailbox: request.Mailbox, Key: request.Key}, ref.Type, ref.ID)
	_, err := c.do(ctx, wire.Call{
		Method: second.Method, Path: second.Path, Body: []byte(second.Body), Key: callKey, Safe: true, Doing: "mark " + ref.Type + " " + ref.ID,
	})
	if err != nil {
		c.config.Log.Warn("record left without key", "ref", ref, "err", err)
	}
}
