package remote

import "context"

type leaseKey struct{}

// WhileHeld returns a context of somebody who may change things only as long as held returns nil. Clients ask it at the last moment
// before a request that changes something leaves, so that one which waited for its turn while the process stood still, and another
// process took over, does not leave. held must not keep its context. Where ctx has such a condition already, both are asked.
func WhileHeld(ctx context.Context, held func(context.Context) error) context.Context {
	before, both := ctx.Value(leaseKey{}).(func(context.Context) error)
	if !both {
		return context.WithValue(ctx, leaseKey{}, held)
	}
	return context.WithValue(ctx, leaseKey{}, func(ctx context.Context) error {
		if err := before(ctx); err != nil {
			return err
		}
		return held(ctx)
	})
}

// Held returns nil if whoever works with ctx may change things now. Without a condition of WhileHeld it always is.
func Held(ctx context.Context) error {
	held, ok := ctx.Value(leaseKey{}).(func(context.Context) error)
	if !ok {
		return nil
	}
	return held(ctx)
}
