"""The example bodies of Evo's Task API and its relatives, each byte as it is documented."""

# ruff: noqa: E501

from __future__ import annotations

DISCOVERY = b"""{
  "discovery": {
    "organizations": [{"id": "3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01", "display_name": "Northern Pit"}],
    "hubs": [{"code": "au", "display_name": "Australia East", "url": "https://au.api.seequent.com"}],
    "services": [{"code": "file", "display_name": "File"}],
    "service_access": [
      {"org_id": "3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01", "hub_code": "au", "services": ["file"]}
    ]
  }
}"""
SUBMIT = b"""{"parameters": {"seed": 7, "source": {"object": "https://au.api.seequent.com/geoscience-object/orgs/3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01/workspaces/6a1d2b3c-4e5f-4a6b-8c7d-9e0f1a2b3c4d/objects/11111111-2222-4333-8444-555555555555", "attribute": "locations.attributes[?name=='Cu_pct']"}}}"""
LOCATION = "https://au.api.seequent.com/compute/orgs/3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01/geostatistics/kriging/9b2f6c1e-0d53-4f7a-8e65-7c1a2b3d4e5f/status"
REQUESTED = b"""{"status": "requested", "progress": 0, "message": "Queued", "error": null,
 "links": {"cancel": "https://au.api.seequent.com/compute/orgs/3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01/geostatistics/kriging/9b2f6c1e-0d53-4f7a-8e65-7c1a2b3d4e5f"}}"""
IN_PROGRESS = b"""{"status": "in progress", "progress": 35, "message": "Estimating blocks", "error": null,
 "links": {"cancel": "https://au.api.seequent.com/compute/orgs/3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01/geostatistics/kriging/9b2f6c1e-0d53-4f7a-8e65-7c1a2b3d4e5f"}}"""
CANCELLING = b"""{"status": "cancelling", "progress": 35, "message": "Stopping", "error": null}"""
CANCELLED = b"""{"status": "cancelled", "progress": 100, "message": "Stopped on request", "error": null}"""
SUCCEEDED = b"""{"status": "succeeded", "progress": 100, "message": "Finished", "error": null,
 "links": {"results": "https://au.api.seequent.com/compute/orgs/3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01/geostatistics/kriging/9b2f6c1e-0d53-4f7a-8e65-7c1a2b3d4e5f"}}"""
FAILED = b"""{"status": "failed", "progress": 100, "message": "Kriging failed", "error": {
   "status": 422, "type": "https://seequent.com/error-codes/example/singular-matrix",
   "title": "Singular kriging matrix", "detail": "Two samples share one location."}}"""
RESULTS = b"""{"status": "succeeded", "results": {
  "message": "Kriging completed.",
  "target": {"reference": "https://au.api.seequent.com/geoscience-object/orgs/3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01/workspaces/6a1d2b3c-4e5f-4a6b-8c7d-9e0f1a2b3c4d/objects/66666666-7777-4888-9999-aaaaaaaaaaaa",
             "name": "Grid 20m", "description": null,
             "schema_id": "/objects/regular-3d-grid/1.3.0/regular-3d-grid.schema.json",
             "attribute": {"reference": "cell_attributes[?name=='Cu_ok']", "name": "Cu_ok"}}}, "error": null}"""
RESULTS_OF_A_FAILURE = b"""{"status": "failed", "error": {"status": 422, "type": "https://seequent.com/error-codes/example/singular-matrix",
  "title": "Singular kriging matrix", "detail": "Two samples share one location."}}"""
RESULTS_TOO_EARLY = b"""{"status": "in progress", "links": {
  "cancel": "https://au.api.seequent.com/compute/orgs/3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01/geostatistics/kriging/9b2f6c1e-0d53-4f7a-8e65-7c1a2b3d4e5f",
  "status": "https://au.api.seequent.com/compute/orgs/3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01/geostatistics/kriging/9b2f6c1e-0d53-4f7a-8e65-7c1a2b3d4e5f/status"}}"""
ERROR = b"""{"status": 422, "type": "https://seequent.com/error-codes/example/invalid-parameters", "title": "Invalid parameters",
 "detail": "1 parameter is invalid.", "invalid-params": [{"name": "neighborhood.max_samples", "reason": "must be >= 1"}]}"""
SUBMIT_KRIGING = b"""{"parameters": {
  "source": {"object": "https://au.api.seequent.com/geoscience-object/orgs/3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01/workspaces/6a1d2b3c-4e5f-4a6b-8c7d-9e0f1a2b3c4d/objects/11111111-2222-4333-8444-555555555555", "attribute": "locations.attributes[?name=='Cu_pct']"},
  "target": {"object": "https://au.api.seequent.com/geoscience-object/orgs/3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01/workspaces/6a1d2b3c-4e5f-4a6b-8c7d-9e0f1a2b3c4d/objects/66666666-7777-4888-9999-aaaaaaaaaaaa", "attribute": {"operation": "create", "name": "Cu_ok"}},
  "variogram": "https://au.api.seequent.com/geoscience-object/orgs/3f0c1a52-7d4e-4c58-9b1e-2a6f5d8e9c01/workspaces/6a1d2b3c-4e5f-4a6b-8c7d-9e0f1a2b3c4d/objects/bbbbbbbb-cccc-4ddd-8eee-ffffffffffff",
  "neighborhood": {"ellipsoid": {"ellipsoid_ranges": {"major": 180.0, "semi_major": 120.0, "minor": 60.0}, "rotation": {"dip_azimuth": 0, "dip": 0, "pitch": 0}}, "max_samples": 24, "min_samples": 4},
  "kriging_method": {"type": "ordinary"}}}"""
CATALOGUE = b"""{"limit": 100, "offset": 0, "total": 1, "count": 1, "results": [
  {"key": "geostatistics/declustering", "topic": "geostatistics", "name": "declustering", "display_name": "Declustering",
   "version": "0.7.1", "feature_flag": "geostatistics-preview", "description": "Compute declustering weights.",
   "parameters": {"type": "object", "properties": {"source": {"type": "string", "format": "uri", "reference_to": "geoscience-object"}}, "required": ["source"]},
   "results": {"type": "object", "properties": {"message": {"type": "string"}}}}]}"""
SMALLEST = b'{"status": "requested"}'
