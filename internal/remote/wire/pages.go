package wire

import (
	"context"
	"crypto/sha256"
	"strconv"

	"raynetsync/internal/remote"
)

// Pages makes the first call and then those that next names, until next returns false. next takes one page; its error ends
// the reading and is returned as it is.
//
// A service that repeats an address or the content of a page, or that has more than limit pages, gets an error: an
// incomplete or endless listing must never look like a complete one.
func (w *Wire) Pages(ctx context.Context, first Call, next func(*Response) (Call, bool, error), limit int) error {
	asked := map[string]bool{}
	shown := map[[sha256.Size]byte]bool{}
	call := first
	for page := 1; ; page++ {
		if page > limit {
			return w.pageError(call, "the list has more than "+strconv.Itoa(limit)+" pages")
		}
		name := call.Method + " " + call.Path + "\n" + string(call.Body)
		if asked[name] {
			return w.pageError(call, "the list names the same next page twice")
		}
		asked[name] = true
		response, err := w.Do(ctx, call)
		if err != nil {
			return err
		}
		digest := sha256.Sum256(response.Body)
		if len(response.Body) > 0 && shown[digest] {
			return w.pageError(call, "the list shows the same page twice")
		}
		shown[digest] = true
		following, more, err := next(response)
		if err != nil || !more {
			return err
		}
		call = following
	}
}

func (w *Wire) pageError(call Call, text string) error {
	return &remote.Error{Kind: remote.Unavailable, Side: w.options.Side, Doing: call.Doing, Text: text}
}
