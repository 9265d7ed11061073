package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"raynetsync/internal/store/db"
)

// Sessions keeps what belongs to a browser. Its methods are those that github.com/alexedwards/scs/v2 asks of a store. A token
// is kept as its hash only, so whoever reads the database cannot use it; the data are sealed, bound to the token and to whom
// it belongs. It is safe for concurrent use.
//
// Whose a session is, is not in the data but in a column that People.BindSession alone fills. A session that was ended while a
// request of it was still under way comes back with the end of that request, but as nobody's.
type Sessions struct {
	store *Store
}

// Sessions returns the keeper of sessions.
func (s *Store) Sessions() *Sessions { return &Sessions{store: s} }

// sessionHash is what is kept of a token.
func sessionHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func boundSession(hash, account string) string { return "session/" + hash + "/" + account }

// sessionSlack is by how much a session may end earlier than it was last told to, so that not every request has to write.
const sessionSlack = time.Minute

// FindCtx returns the data of a session that has not ended; found is false if there is none, and also if its row was changed
// by hand, which ends it.
func (k *Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	row, found, err := k.store.session(ctx, k.store.reads, token)
	if err != nil || !found || len(row.SealedBody) == 0 {
		return nil, false, err
	}
	return row.SealedBody, true, nil
}

// CommitCtx writes the data of a session and until when it lives. A new session is nobody's.
func (k *Sessions) CommitCtx(ctx context.Context, token string, data []byte, until time.Time) error {
	s := k.store
	row, found, err := s.session(ctx, s.reads, token)
	if err != nil {
		return err
	}
	same := found && bytes.Equal(data, row.SealedBody)
	left := until.Sub(moment(row.Until))
	if same && left >= 0 && left < sessionSlack {
		return nil
	}
	err = s.People(ctx, func(ctx context.Context, p *People) error {
		row, _, err := s.session(ctx, p.queries, token)
		if err != nil {
			return err
		}
		return p.putSession(ctx, db.Session{Token: sessionHash(token), Account: row.Account, Until: stamp(until), SealedBody: data})
	})
	if same && left >= 0 && (errors.Is(err, ErrFull) || errors.Is(err, ErrReadOnly)) {
		s.log.Warn("session not prolonged", "err", err) // whoever is signed in must be able to see that the disk is full
		return nil
	}
	return err
}

// DeleteCtx ends a session; one that is not there is no error.
func (k *Sessions) DeleteCtx(ctx context.Context, token string) error {
	if _, err := k.store.queries.DropSession(ctx, sessionHash(token)); err != nil {
		return fmt.Errorf("end session: %w", mapped(err))
	}
	return nil
}

// Find is FindCtx for callers without a context.
func (k *Sessions) Find(token string) (data []byte, found bool, err error) {
	return k.FindCtx(context.Background(), token)
}

// Commit is CommitCtx for callers without a context.
func (k *Sessions) Commit(token string, data []byte, until time.Time) error {
	return k.CommitCtx(context.Background(), token, data, until)
}

// Delete is DeleteCtx for callers without a context.
func (k *Sessions) Delete(token string) error { return k.DeleteCtx(context.Background(), token) }

// SessionAccount returns whose the session is, empty if it is nobody's, has ended or does not exist.
func (s *Store) SessionAccount(ctx context.Context, token string) (name string, err error) {
	row, _, err := s.session(ctx, s.reads, token)
	return row.Account, err
}

// PruneSessions removes the sessions that have ended and returns how many there were.
func (s *Store) PruneSessions(ctx context.Context) (int, error) {
	rows, err := s.queries.PruneSessions(ctx, stamp(s.now()))
	if err != nil {
		return 0, fmt.Errorf("prune sessions: %w", mapped(err))
	}
	return int(rows), nil
}

// BindSession says whose a session is. It need not have been committed yet; what it held is kept.
func (p *People) BindSession(ctx context.Context, token, account string, until time.Time) error {
	row, _, err := p.store.session(ctx, p.queries, token)
	if err != nil {
		return err
	}
	return p.putSession(ctx, db.Session{Token: sessionHash(token), Account: account, Until: stamp(until), SealedBody: row.SealedBody})
}

// EndSessions ends all sessions of an account.
func (p *People) EndSessions(ctx context.Context, account string) error {
	if _, err := p.queries.EndSessions(ctx, account); err != nil {
		return fmt.Errorf("end the sessions of %s: %w", account, mapped(err))
	}
	return nil
}

// putSession writes a row whose body is not sealed yet.
func (p *People) putSession(ctx context.Context, row db.Session) error {
	sealed, err := p.store.vault.Seal(row.SealedBody, boundSession(row.Token, row.Account))
	if err != nil {
		return fmt.Errorf("write session: %w", err)
	}
	err = p.queries.PutSession(ctx, db.PutSessionParams{Token: row.Token, Account: row.Account, Until: row.Until, SealedBody: sealed})
	if err != nil {
		return fmt.Errorf("write session: %w", mapped(err))
	}
	return nil
}

// session reads a row and opens its body in place; found is false for what is not there, has ended or cannot be opened, and
// then the row is empty.
func (s *Store) session(ctx context.Context, q *db.Queries, token string) (row db.Session, found bool, err error) {
	row, err = q.Session(ctx, sessionHash(token))
	if none(err) {
		return db.Session{}, false, nil
	}
	if err != nil {
		return db.Session{}, false, fmt.Errorf("read session: %w", mapped(err))
	}
	if !moment(row.Until).After(s.now()) {
		return db.Session{}, false, nil
	}
	row.SealedBody, err = s.vault.Open(row.SealedBody, boundSession(row.Token, row.Account))
	if err != nil {
		s.log.Warn("session refused: its row was changed by hand", "err", err)
		return db.Session{}, false, nil
	}
	return row, true, nil
}
