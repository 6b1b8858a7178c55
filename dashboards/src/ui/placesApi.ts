/** Fences and nodes, asked for by the pages that show them. */
import { FencesApi, NodesApi } from '../api/placesHttp';
import { api } from './app';

export const fencesApi = new FencesApi(api.line);
export const nodesApi = new NodesApi(api.line);
