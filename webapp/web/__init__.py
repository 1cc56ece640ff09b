"""Speaking HTTP: bounds, origins, headers, errors, cookies, API versions, OpenAPI, paging, forms.

Owns what every answer has in common. Knows no feature.
Stands on Flask and core.
"""
