package engine

import (
	"context"

	"raynetsync/internal/remote"
)

// Side is what the engine needs of one service. The clients of RAYNET and of Microsoft Graph provide it; a Side is safe for
// concurrent use and keeps its own limits of requests in flight.
type Side interface {
	// Read reads each ref as it is now, with every field (never Partial). The readings come in the order of refs. The
	// error is one that concerns the whole scope (login refused, mailbox gone, throttled); a single thing that cannot be
	// told is a Broken reading.
	Read(ctx context.Context, scope remote.Scope, refs []remote.Ref) ([]remote.Reading, error)
	// Find looks for what an earlier create left behind. No hit is an empty list, not an error.
	Find(ctx context.Context, scope remote.Scope, search remote.Search) ([]remote.Snapshot, error)
	// Compose puts a wanted change into the side's own form: the request itself and those that must follow it. It may read
	// (a person by address) but never writes. It refuses with remote.Error{Kind: Invalid} what the side could never take.
	Compose(ctx context.Context, scope remote.Scope, write remote.Write) ([]remote.Request, error)
	// Send makes one composed request. Its failures are *remote.Error; Unknown says that the request may have landed.
	Send(ctx context.Context, request remote.Request) (remote.Answer, error)
}
