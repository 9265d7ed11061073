package plan

import (
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// attending is an attendee's copy without what its organiser's tells.
func attending(schema record.Schema, copied *remote.Reading) *remote.Reading {
	if copied == nil {
		return nil
	}
	out := *copied
	out.Snapshot.Fields = out.Snapshot.Fields.Clone()
	for _, spec := range schema.Fields {
		if spec.Organisers {
			delete(out.Snapshot.Fields, spec.Name)
		}
	}
	return &out
}
