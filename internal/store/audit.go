package store

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/store/db"
)

// AuditLine is one thing that a person did, or tried. Lines are added, never changed and never removed.
type AuditLine struct {
	// ID counts from 1 without gaps; AddAudit gives it.
	ID int64
	At time.Time
	// Account is who did it, empty if it was nobody known.
	Account string
	Act     string
	// Body is the rest; it is sealed at rest. It is nil in a line that was changed by hand (Changed).
	Body    []byte
	Changed bool
}

// auditHead is the name under which the last line is remembered, so that lines cut off at the end are missed.
const auditHead = "audit/head"

// auditEnd is the newest line.
type auditEnd struct {
	ID    int64  `json:"id"`
	Chain string `json:"chain"`
}

// boundAudit binds the sealed part to the rest of its row, so that a single line tells whether it was changed.
func boundAudit(row db.Audit) string {
	return fmt.Sprintf("audit/%d/%d/%q/%q", row.ID, row.At, row.Account, row.Act)
}

// AddAudit adds a line and chains it to the one before.
func (p *People) AddAudit(ctx context.Context, line AuditLine) error {
	end, err := p.auditEnd(ctx)
	if err != nil {
		return fmt.Errorf("write the audit: %w", err)
	}
	row := db.Audit{ID: end.ID + 1, At: stamp(line.At), Account: line.Account, Act: line.Act}
	if row.SealedBody, err = p.store.vault.Seal(line.Body, boundAudit(row)); err != nil {
		return fmt.Errorf("write the audit: %w", err)
	}
	row.Chain = p.store.chain(end.Chain, row)
	if err := p.queries.AddAudit(ctx, db.AddAuditParams(row)); err != nil {
		return fmt.Errorf("write the audit: %w", mapped(err))
	}
	value, err := json.Marshal(auditEnd{ID: row.ID, Chain: row.Chain})
	if err != nil {
		return fmt.Errorf("write the audit: %w", err)
	}
	return p.Remember(ctx, auditHead, value)
}

// auditEnd returns the newest line as it is remembered. If somebody put rows behind it by hand, the next line goes behind
// those: the server must go on writing, and VerifyAudit names them.
func (p *People) auditEnd(ctx context.Context) (end auditEnd, err error) {
	value, ok, err := p.Recall(ctx, auditHead)
	if err == nil && ok {
		err = json.Unmarshal(value, &end)
	}
	if err != nil {
		return end, err
	}
	newest, err := p.queries.AuditBefore(ctx, math.MaxInt64, 1)
	if err != nil {
		return end, mapped(err)
	}
	if len(newest) == 1 && newest[0].ID > end.ID {
		end = auditEnd{ID: newest[0].ID, Chain: newest[0].Chain}
	}
	return end, nil
}

// chain is what the row's chain must be after that of the row before.
func (s *Store) chain(before string, row db.Audit) string {
	return s.vault.Chain([]byte(before), []byte(strconv.FormatInt(row.ID, 10)), []byte(strconv.FormatInt(row.At, 10)),
		[]byte(row.Account), []byte(row.Act), row.SealedBody)
}

// Audit returns the lines whose id is less than before (0: the newest ones), the newest first.
func (s *Store) Audit(ctx context.Context, before int64, limit int) ([]AuditLine, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	rows, err := s.reads.AuditBefore(ctx, before, bounded(limit))
	if err != nil {
		return nil, fmt.Errorf("read the audit: %w", mapped(err))
	}
	lines := make([]AuditLine, len(rows))
	for i, row := range rows {
		lines[i] = AuditLine{ID: row.ID, At: moment(row.At), Account: row.Account, Act: row.Act}
		lines[i].Body, err = s.vault.Open(row.SealedBody, boundAudit(row))
		lines[i].Changed = err != nil
	}
	return lines, nil
}

// AuditProof is what a look at the whole audit found.
type AuditProof struct {
	// Lines is how many there are.
	Lines int64 `json:"lines"`
	// Changed are the ids of lines that are not as they were written, Missing those of lines that are gone; the first
	// maxFindings of each.
	Changed []int64 `json:"changed,omitempty"`
	Missing []int64 `json:"missing,omitempty"`
}

// Whole reports whether nothing was changed or taken out.
func (p AuditProof) Whole() bool { return len(p.Changed) == 0 && len(p.Missing) == 0 }

// maxFindings bounds what is told of each kind: an audit that was emptied misses millions.
const maxFindings = 100

// VerifyAudit reads every line and says which ones were changed or taken out since they were written. It cannot notice that
// the whole database was replaced by an older one.
func (s *Store) VerifyAudit(ctx context.Context) (AuditProof, error) {
	var proof AuditProof
	var last auditEnd
	for {
		rows, err := s.reads.AuditAfter(ctx, last.ID, 1000)
		if err != nil {
			return proof, fmt.Errorf("verify the audit: %w", mapped(err))
		}
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			proof.missing(last.ID, row.ID)
			// After a gap the chain before is not known, so the row is judged by its seal alone.
			fits := row.Chain == s.chain(last.Chain, row)
			if row.ID != last.ID+1 {
				_, err := s.vault.Open(row.SealedBody, boundAudit(row))
				fits = err == nil
			}
			if !fits && len(proof.Changed) < maxFindings {
				proof.Changed = append(proof.Changed, row.ID)
			}
			proof.Lines++
			last = auditEnd{ID: row.ID, Chain: row.Chain}
		}
	}
	return proof, s.verifyEnd(ctx, last, &proof)
}

// verifyEnd compares the last line with the one that is remembered, which may have been read a moment later.
func (s *Store) verifyEnd(ctx context.Context, last auditEnd, proof *AuditProof) error {
	value, ok, err := s.Recall(ctx, auditHead)
	var end auditEnd
	if err == nil && ok {
		err = json.Unmarshal(value, &end)
	}
	if err != nil {
		return fmt.Errorf("verify the audit: %w", err)
	}
	later, err := s.reads.AuditAfter(ctx, last.ID, 1000) // added while we read
	if err != nil {
		return fmt.Errorf("verify the audit: %w", mapped(err))
	}
	for _, row := range later {
		if row.ID == last.ID+1 {
			last = auditEnd{ID: row.ID, Chain: row.Chain}
			proof.Lines++
		}
	}
	proof.missing(last.ID, end.ID+1)
	return nil
}

// missing notes the ids between two lines.
func (p *AuditProof) missing(after, before int64) {
	for id := after + 1; id < before && len(p.Missing) < maxFindings; id++ {
		p.Missing = append(p.Missing, id)
	}
}
