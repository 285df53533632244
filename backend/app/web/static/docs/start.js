// Swagger UI 5.35.0 (Apache-2.0, see LICENSE and NOTICE), shown over our own document.
SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  persistAuthorization: false,
  displayOperationId: true,
  validatorUrl: null,
});
